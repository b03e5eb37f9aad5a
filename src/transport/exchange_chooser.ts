import { Code } from "../links/code.ts";
import { MethodKind } from "../links/method_kind.ts";
import { Termination } from "../links/ticket.ts";
import type { Hello } from "../wire/control_item.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import type { HttpCallOptions } from "./client/call_context.ts";
import type { ProbeEvents } from "./client/client_exchange.ts";
import { DuplexProbe } from "./duplex/client.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";
import type { ExchangeReason, InvocationSettings } from "./invocation_options.ts";
import { type OriginMemory, type Verdict, verdictOn } from "./client/origin_memory.ts";
import { socketProblem } from "./socket/socket_url.ts";
import type { StreamExchange } from "./client/stream_exchange.ts";

/** What is done with an operation that begins. */
export type Choice =
  | {
    readonly verb: "begin";
    readonly kind: ExchangeKind;
    readonly reason: ExchangeReason;
    /** Whether something else is to be tried if the server's hello does not come in `probeTimeoutMs`. */
    readonly isTrial?: boolean;
  }
  | { readonly verb: "wait" }
  | { readonly verb: "refuse"; readonly ending: Ending };

/** What the choice for an operation depends on. */
export interface OperationNeeds extends HttpCallOptions {
  /** How many messages go each way; `undefined` if that is not known. */
  readonly methodKind: MethodKind | undefined;
}

/** What the choice needs of the link. */
export interface ChoosingLink {
  /** Opens a *duplex* exchange that takes no operations before it is proven. */
  openProbe(events: ProbeEvents): StreamExchange;
  /** The result that operations wait for is known, or never will be. */
  settled(): void;
}

const WAIT: Choice = Object.freeze({ verb: "wait" });

/** What can carry every operation where there is no *duplex*, the best first. */
const WITHOUT_DUPLEX = [ExchangeKind.PAIR, ExchangeKind.SOCKET] as const;

/**
 * Chooses the kind of exchange for each operation of a link (PROTOCOL.md §7).
 *
 * Nothing is ever begun twice to find out what works: where it is not known, an operation goes on an exchange that works
 * everywhere, or waits until a {@linkcode DuplexProbe} has ended, which takes `probeTimeoutMs` at most.
 */
export class ExchangeChooser {
  readonly #settings: InvocationSettings;
  readonly #memory: OriginMemory;
  readonly #link: ChoosingLink;
  #probe: DuplexProbe | undefined;
  /** Why nothing is known of *duplex*, although a probe has ended. */
  #inconclusive: ExchangeFailure | undefined;
  /** An operation has been carried while nothing was known: the next one shows that finding out is worth a request. */
  #isWorthProbing = false;

  constructor(settings: InvocationSettings, memory: OriginMemory, link: ChoosingLink) {
    this.#settings = settings;
    this.#memory = memory;
    this.#link = link;
  }

  /** The kind that the next operation would get of which nothing is known. */
  get preferred(): ExchangeKind {
    const { kind, inBrowser } = this.#settings;
    if (kind !== "auto") return kind;
    if (inBrowser) return ExchangeKind.SINGLE;
    return this.#works(ExchangeKind.DUPLEX) === false ? ExchangeKind.SINGLE : ExchangeKind.DUPLEX;
  }

  /** Finds out whether *duplex* works here, unless that is known or can be of no use. */
  probe(): void {
    const { kind, inBrowser } = this.#settings;
    this.#isWorthProbing = true;
    if (kind === "auto" && !inBrowser && this.#works(ExchangeKind.DUPLEX) === undefined) this.#startProbe();
  }

  /** Chooses for one operation. It may have waited for a probe already, or come back from another kind. */
  choose(needs: OperationNeeds, tried: "nothing" | "probe" | "kind"): Choice {
    const { kind, inBrowser } = this.#settings;
    if (kind !== "auto") return { verb: "begin", kind, reason: "asked" };
    if (inBrowser) return this.#chooseOther(needs, "browser", tried);
    const works = this.#works(ExchangeKind.DUPLEX);
    if (works) return { verb: "begin", kind: ExchangeKind.DUPLEX, reason: "works" };
    if (works === undefined && tried === "nothing") return this.#chooseUnknown(needs);
    return this.#chooseOther(needs, "fallback", tried);
  }

  /** A server's hello has come. */
  greeted(kind: ExchangeKind, hello: Hello): void {
    const { offers, maxFrameBytes, maxOperations, windowBytes } = hello;
    const nowMs = this.#settings.clock.now();
    if (offers !== undefined) this.#memory.offers = offers;
    if (kind !== ExchangeKind.SINGLE) this.#memory.peerLimits = { maxFrameBytes, maxOperations, windowBytes };
    if (kind !== ExchangeKind.DUPLEX) this.#memory.answered(nowMs);
    // A probe that has been greeted has proven nothing yet.
    if (kind !== ExchangeKind.DUPLEX || this.#works(kind)) this.#memory.hasWorked(kind, nowMs);
  }

  /** An exchange has failed. If it was a probe, the probe adds its verdict afterwards. */
  failed(kind: ExchangeKind, greeted: boolean, failure: ExchangeFailure): void {
    this.#memory.peerLimits = undefined;
    if (this.#settings.kind !== "auto") return;
    if (!greeted && kind === ExchangeKind.DUPLEX) return this.#memory.forget(kind);
    if (!greeted && failure.status === undefined && !failure.isHelloTimeout) this.#memory.forgetSuspicions();
    if (kind === ExchangeKind.SINGLE) return;
    const verdict = greeted ? verdictOnPart(failure) : verdictOn(failure, false);
    if (verdict === "fails" || verdict === "suspect") this.#memory.hasFailed(kind, verdict, this.#settings.clock.now());
  }

  /** Whether operations that have come back from an exchange of a kind can try another. */
  hasRuledOut(kind: ExchangeKind): boolean {
    return this.#settings.kind === "auto" && this.#works(kind) === false;
  }

  #works(kind: ExchangeKind): boolean | undefined {
    return this.#memory.works(kind, this.#settings.clock.now());
  }

  #chooseUnknown({ methodKind: kind }: OperationNeeds): Choice {
    const needsNone = kind === MethodKind.UNARY || kind === MethodKind.SERVER_STREAMING;
    // One call, or the first of many, costs one plain request.
    if (!needsNone || this.#isWorthProbing) this.#startProbe();
    this.#isWorthProbing = true;
    return needsNone ? { verb: "begin", kind: ExchangeKind.SINGLE, reason: "unknown" } : WAIT;
  }

  #startProbe(): void {
    this.#probe ??= new DuplexProbe(
      this.#memory,
      this.#settings,
      (events) => this.#link.openProbe(events),
      (failure) => {
        this.#probe = undefined;
        this.#inconclusive = failure;
        this.#link.settled();
      },
    );
  }

  #chooseOther(needs: OperationNeeds, reason: ExchangeReason, tried: "nothing" | "probe" | "kind"): Choice {
    const { methodKind: kind } = needs;
    if (kind !== undefined && kind !== MethodKind.BIDI_STREAMING) {
      return { verb: "begin", kind: ExchangeKind.SINGLE, reason };
    }
    const problems = WITHOUT_DUPLEX.map((other) => this.#problemOf(other, needs));
    const [best, next] = WITHOUT_DUPLEX.filter((_, i) => problems[i] === undefined);
    // A kind that has only been late is better than none.
    const last = best ?? (tried === "kind" ? undefined : this.#suspect());
    if (last !== undefined) return { verb: "begin", kind: last, reason, isTrial: next !== undefined };
    const reasons = WITHOUT_DUPLEX.map((other, i) => `no ${other}: ${problems[i]}`);
    return { verb: "refuse", ending: this.#inconclusive ?? noExchange(reasons) };
  }

  #suspect(): ExchangeKind | undefined {
    return WITHOUT_DUPLEX.find((kind) => this.#memory.isSuspect(kind, this.#settings.clock.now()));
  }

  #problemOf(kind: ExchangeKind, { headers }: HttpCallOptions): string | undefined {
    const { offers } = this.#memory;
    if (this.#works(kind) === false) return "it has failed here";
    if (offers !== undefined && !offers.includes(kind)) return "the server does not offer it";
    if (kind !== ExchangeKind.SOCKET) return undefined;
    if (headers !== undefined && this.#settings.webSocket === undefined) {
      return "a WebSocket sends no headers, unless there is an option webSocket";
    }
    return socketProblem(this.#settings);
  }
}

function noExchange(problems: readonly string[]): Ending {
  return {
    termination: Termination.TRANSMISSION_FAILURE,
    code: Code.UNIMPLEMENTED,
    message: `Cannot carry the operation, which may stream both ways: there is no duplex here, ${problems.join(", ")}`,
  };
}

/** A part that reached another instance than its exchange: so may the next, unless an instance has just been replaced. */
function verdictOnPart({ isMisrouted }: ExchangeFailure): Verdict {
  return isMisrouted ? "suspect" : "unknown";
}
