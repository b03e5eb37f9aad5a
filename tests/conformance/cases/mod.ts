import type { ConformanceCase } from "../conformance_case.ts";
import { CALL_CASES } from "./call_cases.ts";
import { CANCELLATION_CASES } from "./cancellation_cases.ts";
import { CONCURRENCY_CASES } from "./concurrency_cases.ts";
import { DEADLINE_CASES } from "./deadline_cases.ts";
import { ERROR_CASES } from "./error_cases.ts";
import { EXCHANGE_CASES } from "./exchange_cases.ts";
import { FLOW_CONTROL_CASES } from "./flow_control_cases.ts";
import { METADATA_CASES } from "./metadata_cases.ts";
import { PAYLOAD_CASES } from "./payload_cases.ts";

export { LOSS_CASES } from "./loss_cases.ts";

/** All cases of the table. The first is the simplest, as it stands for all where nothing is to work. */
export const CASES: readonly ConformanceCase[] = [
  ...CALL_CASES,
  ...PAYLOAD_CASES,
  ...METADATA_CASES,
  ...ERROR_CASES,
  ...DEADLINE_CASES,
  ...CANCELLATION_CASES,
  ...FLOW_CONTROL_CASES,
  ...CONCURRENCY_CASES,
  ...EXCHANGE_CASES,
];
