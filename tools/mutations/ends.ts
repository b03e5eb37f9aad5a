import type { Mutation } from "./mutation.ts";

/** The ends: what tickets mean. */
export const ENDS_MUTATIONS: readonly Mutation[] = [
  {
    name: "TicketIntake.accept",
    replace: "this.#isBusy = true;",
    with: "",
    why: "S47: a ticket is processed amid the one before",
  },
  {
    name: "BaseOperation.#process",
    replace: "this.credit(ticket.allowance);",
    with: "",
    why: "S15: a grant is forgotten at its receiver",
  },
  {
    name: "BaseOperation.advance",
    replace: "addAllowance(this.#receiveWindow, step.allowance)",
    with: "addAllowance(this.#receiveWindow, 1)",
    why: "S10: a grant counts for one payload only at its giver",
  },
  {
    name: "BaseOperation.#process",
    replace: "this.failReception(stage.what)",
    with: "this.#deliver(ticket, undefined)",
    why: "S10: what a peer says at the wrong time passes",
  },
  {
    name: "BaseOperation.#completeIfDone",
    replace: "this.completeSend();",
    with: "",
    why: "S33: an invocation that is completed leaves its own direction open",
  },
  {
    name: "OperationLifetime.#setTimeout",
    replace: "this.deadlineMs - this.#timeoutMs",
    with: "this.host.clock.now()",
    why: "S25: a changed timeout counts from the change",
  },
  {
    name: "OperationLifetime.applyTimeout",
    replace: "Math.min(requestedMs, this.#maximumTimeoutMs)",
    with: "requestedMs",
    why: "S25, S26: a peer extends a timeout beyond the maximum",
  },
  {
    name: "OperationLifetime.end",
    replace: "this.host.deadlines.delete(this);",
    with: "",
    why: "S27: the timer of an operation that has ended stays",
  },
  {
    name: "BaseOperation.#isDone",
    replace: "received && (!this.isServed || this.completed)",
    with: "this.isServed ? this.completed : received",
    why: "S33: a service does not wait for the rest of the requests",
  },
  {
    name: "OUTCOME_OF_RECEIVED_ABORT",
    replace: "[Termination.LOCAL_FAILURE, OutcomeKind.REMOTE_FAILURE]",
    with: "[Termination.LOCAL_FAILURE, OutcomeKind.LOCAL_FAILURE]",
    why: "S30: the peer's failure is taken for one's own",
  },
  {
    name: "ABORT_OF_LOCAL_OUTCOME",
    replace: "[OutcomeKind.EXPIRED]: Termination.EXPIRATION",
    with: "[OutcomeKind.EXPIRED]: Termination.CANCELLATION",
    why: "S29: what expires is said to be cancelled",
  },
  {
    name: "BaseOperation.#process",
    replace: 'if (this.#receiveWindow === 0) return this.failReception("a payload came beyond the granted allowance");',
    with: "",
    why: "S10: payloads beyond the allowance pass",
  },
  {
    name: "SendQueue.#takePayload",
    replace: "payload === undefined || this.#window === 0",
    with: "payload === undefined",
    why: "S15: payloads leave without allowance",
  },
  {
    name: "ArrivalOrder.isViolation",
    replace: "sequenceNumber < this.#expected",
    with: "false",
    why: "S9: a duplicate of what was processed passes",
  },
  {
    name: "ArrivalOrder.admit",
    replace: 'if (this.#held.size >= this.#maxHeld) return "overflow";',
    with: "",
    why: "S8: held tickets are not bounded",
  },
  {
    name: "nextStage",
    replace: 'if (stage === "streaming") return misplaced("initial metadata may not follow a payload");',
    with: "",
    why: "S10: initial metadata may follow a payload",
  },
  {
    name: "nextStage",
    replace: 'if (stage === "completed") return misplaced(afterCompletion(initialMetadata, payload));',
    with: "",
    why: "S10: anything may follow a completion",
  },
  {
    name: "SendQueue.#takeCompletion",
    replace: "completion === undefined || this.#payload !== undefined",
    with: "completion === undefined",
    why: "S15: a completion overtakes the payloads before it",
  },
  {
    name: "SendQueue.enqueue",
    replace: "addAllowance(this.#allowance, allowance)",
    with: "addAllowance(this.#allowance, 2 * allowance)",
    why: "S18: a grant is said twice",
  },
  {
    name: "ServiceEnd.acceptUnknown",
    replace: "if (this.#ended.has(operationId)) return;",
    with: "",
    why: "S11: a straggler opens a second operation",
  },
  {
    name: "InvocationEnd.ended",
    replace: "this.count(kind); if (this.#operations.size > 0) return;",
    with: "if (this.#operations.size > 0) return; this.count(kind);",
    why: "S42: only the last of many operations is counted",
  },
];
