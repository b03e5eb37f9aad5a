/**
 * The ends: what gives tickets their order, allowance, deadlines and termination.
 *
 * @module
 */
export { invocationEnd } from "./invocation_end.ts";
export { type Outcome, OutcomeKind } from "./outcome.ts";
export { NoSuchMethodError } from "./served_operation.ts";
export { serviceEnd, type ServiceEndOptions } from "./service_end.ts";
export type {
  Completion,
  End,
  EndOptions,
  OperateOptions,
  Operation,
  OperationContext,
  OperationSubscription,
  Operator,
  ProtocolReceiver,
  Servicer,
  Step,
} from "./types.ts";
