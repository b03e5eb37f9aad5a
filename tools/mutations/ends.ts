import type { Mutation } from "./mutation.ts";

/** The ends: what tickets mean. */
export const ENDS_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/ends/base_operation.ts",
    text: "      this.credit(ticket.allowance);\n",
    replacement: "",
    why: "S15: a grant is forgotten at its receiver",
  },
  {
    file: "src/ends/base_operation.ts",
    text: "this.#receiveWindow = addAllowance(this.#receiveWindow, step.allowance);",
    replacement: "this.#receiveWindow = addAllowance(this.#receiveWindow, 1);",
    why: "S10: a grant counts for one payload only at its giver",
  },
  {
    file: "src/ends/base_operation.ts",
    text: 'if (typeof stage !== "string") return this.failReception(stage.what);',
    replacement: 'if (typeof stage !== "string") return this.#deliver(ticket, undefined);',
    why: "S10: what a peer says at the wrong time passes",
  },
  {
    file: "src/ends/base_operation.ts",
    text: "    this.completeSend(); // S33",
    replacement: "    // S33",
    why: "S33: an invocation that is completed leaves its own direction open",
  },
  {
    file: "src/ends/operation_lifetime.ts",
    text: "const startMs = this.deadlineMs - this.#timeoutMs;",
    replacement: "const startMs = this.host.clock.now();",
    why: "S25: a changed timeout counts from the change",
  },
  {
    file: "src/ends/operation_lifetime.ts",
    text: "const granted = Math.min(requestedMs, this.#maximumTimeoutMs);",
    replacement: "const granted = requestedMs;",
    why: "S25, S26: a peer extends a timeout beyond the maximum",
  },
  {
    file: "src/ends/operation_lifetime.ts",
    text: "    this.host.deadlines.delete(this);\n",
    replacement: "",
    why: "S27: the timer of an operation that has ended stays",
  },
  {
    file: "src/ends/base_operation.ts",
    text: "return received && (!this.isServed || this.completed);",
    replacement: "return this.isServed ? this.completed : received;",
    why: "S33: a service does not wait for the rest of the requests",
  },
  {
    file: "src/ends/outcome.ts",
    text: "[Termination.LOCAL_FAILURE, OutcomeKind.REMOTE_FAILURE],",
    replacement: "[Termination.LOCAL_FAILURE, OutcomeKind.LOCAL_FAILURE],",
    why: "S30: the peer's failure is taken for one's own",
  },
  {
    file: "src/ends/outcome.ts",
    text: "[OutcomeKind.EXPIRED]: Termination.EXPIRATION,",
    replacement: "[OutcomeKind.EXPIRED]: Termination.CANCELLATION,",
    why: "S29: what expires is said to be cancelled",
  },
  {
    file: "src/ends/base_operation.ts",
    text:
      '      if (this.#receiveWindow === 0) return this.failReception("a payload came beyond the granted allowance");\n',
    replacement: "",
    why: "S10: payloads beyond the allowance pass",
  },
  {
    file: "src/ends/send_queue.ts",
    text: "if (payload === undefined || this.#window === 0) return undefined;",
    replacement: "if (payload === undefined) return undefined;",
    why: "S15: payloads leave without allowance",
  },
  {
    file: "src/ends/direction.ts",
    text: "sequenceNumber < this.#expected ||",
    replacement: "",
    why: "S9: a duplicate of what was processed passes",
  },
  {
    file: "src/ends/direction.ts",
    text: '    if (this.#held.size >= this.#maxHeld) return "overflow";\n',
    replacement: "",
    why: "S8: held tickets are not bounded",
  },
  {
    file: "src/ends/direction.ts",
    text: '    if (stage === "streaming") return misplaced("initial metadata may not follow a payload");\n',
    replacement: "",
    why: "S10: initial metadata may follow a payload",
  },
  {
    file: "src/ends/direction.ts",
    text: '  if (stage === "completed") return misplaced(afterCompletion(initialMetadata, payload));\n',
    replacement: "",
    why: "S10: anything may follow a completion",
  },
  {
    file: "src/ends/send_queue.ts",
    text: "if (completion === undefined || this.#payload !== undefined) return undefined;",
    replacement: "if (completion === undefined) return undefined;",
    why: "S15: a completion overtakes the payloads before it",
  },
  {
    file: "src/ends/send_queue.ts",
    text: "addAllowance(this.#allowance, allowance)",
    replacement: "addAllowance(this.#allowance, 2 * allowance)",
    why: "S18: a grant is said twice",
  },
  {
    file: "src/ends/service_end.ts",
    text: "    if (this.#ended.has(operationId)) return;\n",
    replacement: "",
    why: "S11: a straggler opens a second operation",
  },
  {
    file: "src/ends/invocation_end.ts",
    text: "    this.count(kind);\n    if (this.#operations.size > 0) return;",
    replacement: "    if (this.#operations.size > 0) return;\n    this.count(kind);",
    why: "S42: only the last of many operations is counted",
  },
];
