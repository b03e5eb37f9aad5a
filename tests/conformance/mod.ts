/**
 * What the library does, as one suite for every runtime. The suite and the service that it calls import nothing but
 * types: the library comes as an argument, and with it the sources, the npm package or a bundle of either.
 *
 * @module
 */

export { type CaseResult, conformance } from "./conformance.ts";
export { conformanceService, HANDLER_OPTIONS } from "./service.ts";
export { isHopeless, NO_DUPLEX, type Refusal, refusalOf, REFUSALS } from "./refusals.ts";
export type { ConformanceTarget, Cuttable, Loss } from "./target.ts";
