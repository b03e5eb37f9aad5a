import {
  NoSuchMethodError,
  type OperateOptions,
  type OperationContext,
  type OperationSubscription,
  type Operator,
  type OutcomeKind,
  type Servicer,
  type Step,
} from "../../src/ends/mod.ts";
import { Subscription } from "../../src/links/mod.ts";

/** One kind of operation in a crowd: what its invoker does, what is to become of it, and what comes back. */
export interface CrowdKind {
  /** The method, by which the servicer knows what to do. */
  readonly method: string;
  /** Requests; 1 or more. The first leaves with the kick-off. */
  readonly requests: number;
  /** Responses that are to reach the invoker. */
  readonly responses: number;
  readonly subscription: Subscription;
  /** What the invoker does when it has received that many responses. */
  readonly act?: { readonly after: number; readonly what: "cancel" | "fail" };
  /** Whether the invoker says that it has said all. */
  readonly completes: boolean;
  /** Whether the operation is to run out of time. */
  readonly expires?: boolean;
  /** The outcomes at the invocation and at the service end. */
  readonly outcomes: readonly [atInvocation: OutcomeKind, atService: OutcomeKind];
  /** The code of the outcome at the invocation end. */
  readonly code?: unknown;
}

const { FULL, NONE, TERMINATION } = Subscription;
const COMPLETED = ["completed", "completed"] as const;
const CANCELLED = ["cancelled", "cancelled"] as const;
const BASE = { subscription: FULL, completes: true } as const;

/** Everything that an operation can be and come to. */
export const CROWD_KINDS: readonly CrowdKind[] = [
  { ...BASE, method: "unary", requests: 1, responses: 1, outcomes: COMPLETED, code: "ok" },
  { ...BASE, method: "refuse", requests: 1, responses: 0, outcomes: COMPLETED, code: "not_found" },
  { ...BASE, method: "stream", requests: 1, responses: 9, outcomes: COMPLETED, code: "ok" },
  { ...BASE, method: "collect", requests: 9, responses: 1, outcomes: COMPLETED, code: "ok" },
  { ...BASE, method: "echo", requests: 9, responses: 9, outcomes: COMPLETED, code: "ok" },
  { ...BASE, method: "unary", subscription: NONE, requests: 1, responses: 0, outcomes: COMPLETED },
  { ...BASE, method: "unary", subscription: TERMINATION, requests: 1, responses: 0, outcomes: COMPLETED, code: "ok" },
  { ...BASE, method: "hangUp", requests: 1, responses: 0, outcomes: CANCELLED },
  { ...BASE, method: "throw", requests: 2, responses: 0, outcomes: ["remote failure", "local failure"] },
  {
    ...BASE,
    method: "missing",
    requests: 1,
    responses: 0,
    outcomes: ["local failure", "remote failure"],
    code: "unimplemented",
  },
  {
    ...BASE,
    method: "echo",
    requests: 5,
    responses: 2,
    act: { after: 2, what: "cancel" },
    completes: false,
    outcomes: CANCELLED,
  },
  {
    ...BASE,
    method: "echo",
    requests: 5,
    responses: 1,
    act: { after: 1, what: "fail" },
    completes: false,
    outcomes: ["local failure", "remote failure"],
  },
  { ...BASE, method: "wait", requests: 1, responses: 0, expires: true, outcomes: ["expired", "expired"] },
];

/** Serves a crowd. */
export class CrowdServicer implements Servicer {
  /** How many operations have ended here so far. */
  ended = 0;

  service(_group: string, method: string, context: OperationContext, output: Operator): OperationSubscription {
    context.addTerminationCallback(() => this.ended += 1);
    if (method === "missing") throw new NoSuchMethodError();
    output.advance({ allowance: 3 });
    return { kind: "full", operator: new Serving(method, context, output) };
  }
}

class Serving implements Operator {
  readonly #method: string;
  readonly #context: OperationContext;
  readonly #output: Operator;
  #received = 0;

  constructor(method: string, context: OperationContext, output: Operator) {
    this.#method = method;
    this.#context = context;
    this.#output = output;
  }

  advance({ payload, completion }: Step): void {
    if (payload !== undefined) this.#take(payload);
    if (completion !== undefined) this.#complete();
  }

  #take(payload: unknown): void {
    this.#received += 1;
    if (this.#method === "hangUp") return this.#context.cancel();
    if (this.#method === "throw" && this.#received === 2) throw new Error("thrown on purpose");
    this.#output.advance({ allowance: 1, payload: this.#method === "echo" ? payload : undefined });
  }

  #complete(): void {
    switch (this.#method) {
      case "unary":
      case "collect":
        return this.#output.advance({ payload: this.#received, completion: { code: "ok" } });
      case "refuse":
        return this.#output.advance({ completion: { code: "not_found" } });
      case "stream":
        for (let index = 0; index < 9; index++) this.#output.advance({ payload: index });
        return this.#output.advance({ completion: { code: "ok" } });
      case "echo":
        return this.#output.advance({ completion: { code: "ok" } });
    }
  }
}

/** The invoker of one operation of a crowd. */
export class CrowdInvoker implements Operator {
  readonly kind: CrowdKind;
  readonly received: unknown[] = [];
  context: OperationContext | undefined;
  #output: Operator | undefined;

  constructor(kind: CrowdKind) {
    this.kind = kind;
  }

  /** What it wants of what comes back. */
  subscription(): OperationSubscription {
    switch (this.kind.subscription) {
      case "full":
        return { kind: "full", operator: this };
      case "termination":
        return { kind: "termination", terminationCallback() {} };
      case "none":
        return { kind: "none" };
    }
  }

  /** How the operation begins: its first request, and a timeout that only one that is to expire will see the end of. */
  options(expiryMs: number): OperateOptions {
    const { requests, completes, expires } = this.kind;
    return {
      timeout: expires === true ? expiryMs : 30_000,
      allowance: 2,
      payload: "request 0",
      completion: completes && requests === 1 ? {} : undefined,
    };
  }

  /** Says what the options did not. */
  begin(context: OperationContext, output: Operator): void {
    this.context = context;
    this.#output = output;
    const { requests, completes } = this.kind;
    for (let index = 1; index < requests; index++) output.advance({ payload: `request ${index}` });
    if (completes && requests > 1) output.advance({ completion: {} });
  }

  advance({ payload }: Step): void {
    if (payload === undefined) return;
    this.received.push(payload);
    this.#output?.advance({ allowance: 1 });
    const { act } = this.kind;
    if (act?.after === this.received.length) this.context?.[act.what]();
  }
}
