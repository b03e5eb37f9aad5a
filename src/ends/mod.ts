/**
 * The ends: what gives tickets their order, allowance, deadlines and termination.
 *
 * @module
 */
export type { End, OperateOptions, Operation } from "./end.ts";
export { invocationEnd } from "./invocation_end.ts";
export type { OperationContext } from "./operation_context.ts";
export type { EndOptions } from "./operation_end.ts";
export type { OperationSubscription, ProtocolReceiver } from "./operation_subscription.ts";
export type { Completion, Operator, Step } from "./operator.ts";
export { type Outcome, OutcomeKind } from "./outcome.ts";
export { serviceEnd, type ServiceEndOptions } from "./service_end.ts";
export { NoSuchMethodError, type Servicer } from "./servicer.ts";
