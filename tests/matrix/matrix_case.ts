import type {
  OperateOptions,
  OperationContext,
  OperationSubscription,
  Operator,
  Outcome,
  OutcomeKind,
  Servicer,
  Step,
} from "../../src/ends/mod.ts";
import type { Session } from "./environment.ts";
import { payloads } from "./payloads.ts";

/** `"half"`: the servicer answers when all is said. `"full"`: it answers each request while others come. */
export type Duplex = "half" | "full";

/** How an operation of the matrix ends. */
export const ENDINGS = [
  "completion",
  "cancellation by the invoker",
  "cancellation by the servicer",
  "expiration",
  "failure in the servicer",
] as const;

/** One of {@linkcode ENDINGS}. */
export type Ending = typeof ENDINGS[number];

/** One cell of the matrix. */
export interface MatrixCase {
  readonly duplex: Duplex;
  /** Payloads in each direction. */
  readonly count: number;
  readonly ending: Ending;
}

/** How each ending is seen from the two ends (S29, S30). */
export const OUTCOMES: Readonly<Record<Ending, readonly [atInvocation: OutcomeKind, atService: OutcomeKind]>> = {
  "completion": ["completed", "completed"],
  "cancellation by the invoker": ["cancelled", "cancelled"],
  "cancellation by the servicer": ["cancelled", "cancelled"],
  "expiration": ["expired", "expired"],
  "failure in the servicer": ["remote failure", "local failure"],
};

/** Payloads that each side grants ahead, so that both queues and grants are at work in a stream of 200. */
const WINDOW = 7;

/** Milliseconds after which an operation that is to expire does so, once everything else is through. */
const EXPIRY_MS = 20;

/** What both sides have in common: they collect payloads, grant one for each, and count what they are granted. */
abstract class Side implements Operator {
  readonly received: unknown[] = [];
  readonly outcome: Promise<Outcome>;
  protected readonly cell: MatrixCase;
  protected granted = 0;
  protected greeted = false;
  protected output: Operator | undefined;
  protected context: OperationContext | undefined;
  protected completed = false;
  readonly #resolve: (outcome: Outcome) => void;

  constructor(cell: MatrixCase) {
    this.cell = cell;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.#resolve = resolve;
  }

  advance({ initialMetadata, payload, completion, allowance = 0 }: Step): void {
    this.granted += allowance;
    if (initialMetadata !== undefined) this.greeted = true;
    if (completion !== undefined) this.completed = true;
    if (payload !== undefined) {
      this.received.push(payload);
      this.output?.advance({ allowance: 1 });
    }
    this.react(payload !== undefined, completion !== undefined);
  }

  protected begin(context: OperationContext, output: Operator): void {
    this.context = context;
    this.output = output;
    context.addTerminationCallback(this.#resolve);
  }

  protected abstract react(gotPayload: boolean, gotCompletion: boolean): void;
}

/** Answers the one operation of a cell. */
export class MatrixServicer extends Side implements Servicer {
  service(_group: string, _method: string, context: OperationContext, output: Operator): OperationSubscription {
    this.begin(context, output);
    output.advance({ initialMetadata: [["duplex", this.cell.duplex]], allowance: WINDOW });
    return { kind: "full", operator: this };
  }

  protected react(gotPayload: boolean, gotCompletion: boolean): void {
    const { duplex, count, ending } = this.cell;
    const responses = payloads("response", count);
    if (duplex === "full" && gotPayload) this.output?.advance({ payload: responses[this.received.length - 1] });
    if (duplex === "half" && gotCompletion) { for (const payload of responses) this.output?.advance({ payload }); }
    if (ending === "completion" && gotCompletion) this.output?.advance({ completion: { code: "done", message: "" } });
    // Once the invoker has granted anew for every response, it has received them all.
    if (this.received.length < count || this.granted < WINDOW + count) return;
    if (duplex === "half" && !this.completed) return;
    if (ending === "cancellation by the servicer") this.context?.cancel();
    if (ending === "failure in the servicer") throw new Error("failure in the servicer");
  }
}

/** Invokes the one operation of a cell. */
export class MatrixInvoker extends Side {
  /** Resolves when it has received everything, where it is the invoker who then acts. */
  readonly through: Promise<void>;
  readonly #arrive: () => void;

  constructor(cell: MatrixCase) {
    super(cell);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.through = promise;
    this.#arrive = resolve;
  }

  /** Begins the operation and says all that it has to say. */
  run({ invocation }: Session): void {
    const { count, duplex } = this.cell;
    const [first, ...others] = payloads("request", count);
    const completion = { code: "sent", message: null };
    const options: OperateOptions = { timeout: 30_000, allowance: WINDOW, payload: first };
    const { context, operator } = invocation.operate("matrix", duplex, { kind: "full", operator: this }, options);
    this.begin(context, operator);
    for (const payload of others) operator.advance({ payload });
    if (duplex === "half") operator.advance({ completion });
  }

  /** Lets the operation expire soon. */
  async expire(session: Session): Promise<void> {
    const context = this.context;
    if (context === undefined) throw new TypeError("The operation has not begun");
    context.changeTimeout(30_000 - context.timeRemaining() + EXPIRY_MS);
    await session.elapse(EXPIRY_MS);
  }

  protected react(): void {
    const { duplex, count, ending } = this.cell;
    // Without payloads, the servicer's metadata is what shows that the operation runs there.
    if (this.received.length < count || !this.greeted) return;
    if (ending === "cancellation by the invoker") this.context?.cancel();
    if (ending === "completion" && duplex === "full" && !this.completed) {
      this.output?.advance({ completion: { code: "sent", message: null } });
    }
    this.#arrive();
  }
}
