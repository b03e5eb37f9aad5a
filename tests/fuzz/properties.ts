import { ALLOCATION_PROPERTIES } from "./allocation_properties.ts";
import { CLIENT_PROPERTIES } from "./client_properties.ts";
import { FRAME_PROPERTIES } from "./frame_properties.ts";
import type { FuzzProperty } from "./fuzz_property.ts";
import { SERVICE_PROPERTIES } from "./service_properties.ts";
import { VALUE_PROPERTIES } from "./value_properties.ts";

/** All that is fuzzed. */
export const PROPERTIES: readonly FuzzProperty[] = [
  ...VALUE_PROPERTIES,
  ...FRAME_PROPERTIES,
  ...SERVICE_PROPERTIES,
  ...CLIENT_PROPERTIES,
  ...ALLOCATION_PROPERTIES,
];
