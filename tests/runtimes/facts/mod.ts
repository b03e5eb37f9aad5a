/**
 * What runtimes do to exchanges, and what the library has to live with: a test for each, on the real runtimes over real
 * sockets. README.md says which fact has which test.
 *
 * @module
 */

import { ABORT_FACTS } from "./abort_facts.ts";
import type { FactTable } from "./fact.ts";
import { FIRST_CHUNK_FACTS } from "./first_chunk_facts.ts";
import { LIMIT_FACTS } from "./limit_facts.ts";
import { LOSS_FACTS } from "./loss_facts.ts";
import { STALL_FACTS } from "./stall_facts.ts";
import { WATCH_FACTS } from "./watch_facts.ts";

/** All facts. */
export const FACTS: FactTable = {
  ...LIMIT_FACTS,
  ...FIRST_CHUNK_FACTS,
  ...LOSS_FACTS,
  ...ABORT_FACTS,
  ...STALL_FACTS,
  ...WATCH_FACTS,
};
