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
    name: "InvokedOperation.#process",
    replace: "this.#sendWindow = addAllowance(this.#sendWindow, allowance);",
    with: "",
    why: "S15: a grant is forgotten at its receiver",
  },
  {
    name: "InvokedOperation.advance",
    replace: "addAllowance(this.#receiveWindow, allowance)",
    with: "addAllowance(this.#receiveWindow, 1)",
    why: "S10: a grant counts for one payload only at its giver",
  },
  {
    name: "InvokedOperation.#process",
    replace: "this.failReception(stage.what)",
    with: "this.#deliver(ticket, undefined)",
    why: "S10: what a peer says at the wrong time passes",
  },
  {
    name: "InvokedOperation.#completeIfDone",
    replace: "this.#completeSend();",
    with: "",
    why: "S33: an invocation that is completed leaves its own direction open",
  },
  {
    name: "InvokedOperation.#setTimeout",
    replace: "before.timeMs - this.#timeoutMs",
    with: "nowMs",
    why: "S25: a changed timeout counts from the change",
  },
  {
    name: "InvokedOperation.#applyTimeout",
    replace: "Math.min(requestedMs, this.#maximumTimeoutMs)",
    with: "requestedMs",
    why: "S25, S26: a peer extends a timeout beyond the maximum",
  },
  {
    name: "InvokedOperation.#end",
    replace: "if (this.#deadline !== undefined) this.#host.deadlines.delete(this.#deadline);",
    with: "",
    why: "S27: the timer of an operation that has ended stays",
  },
  {
    name: "InvokedOperation.#completeIfDone",
    replace: "received && (!this.#isServed || sent)",
    with: "this.#isServed ? sent : received",
    why: "S33: a service does not wait for the rest of the requests",
  },
  {
    name: "ABORTS",
    replace: "[Termination.LOCAL_FAILURE, OutcomeKind.LOCAL_FAILURE, OutcomeKind.REMOTE_FAILURE]",
    with: "[Termination.LOCAL_FAILURE, OutcomeKind.LOCAL_FAILURE, OutcomeKind.LOCAL_FAILURE]",
    why: "S30: the peer's failure is taken for one's own",
  },
  {
    name: "abortOfLocalOutcome",
    replace: "TELLING.get(kind)",
    with: "TELLING.get(kind === OutcomeKind.EXPIRED ? OutcomeKind.CANCELLED : kind)",
    why: "S29: what expires is said to be cancelled",
  },
  {
    name: "InvokedOperation.#process",
    replace: 'if (this.#receiveWindow === 0) return this.failReception("a payload came beyond the granted allowance");',
    with: "",
    why: "S10: payloads beyond the allowance pass",
  },
  {
    name: "InvokedOperation.#nextTicket",
    replace: "this.#sendWindow > 0 ? this.#payload : undefined",
    with: "this.#payload",
    why: "S15: payloads leave without allowance",
  },
  {
    name: "InvokedOperation.#isViolation",
    replace: "sequenceNumber < this.#expected",
    with: "false",
    why: "S9: a duplicate of what was processed passes",
  },
  {
    name: "InvokedOperation.#hold",
    replace: "this.#held.size < maxHeldTickets",
    with: "true",
    why: "S8: held tickets are not bounded",
  },
  {
    name: "nextStage",
    replace: 'first === "initial metadata" && stage !== "nothing"',
    with: "false",
    why: "S10: initial metadata may follow a payload",
  },
  {
    name: "nextStage",
    replace: 'stage === "a completion"',
    with: "false",
    why: "S10: anything may follow a completion",
  },
  {
    name: "InvokedOperation.#nextTicket",
    replace: "this.#payload === undefined ? this.#termination : undefined",
    with: "this.#termination",
    why: "S15: a completion overtakes the payloads before it",
  },
  {
    name: "InvokedOperation.advance",
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
    replace: "this.stats[kind] += 1;",
    with: "if (this.operations.size === 0) this.stats[kind] += 1;",
    why: "S42: only the last of many operations is counted",
  },
];
