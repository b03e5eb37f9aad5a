import type { Timer } from "../clock.ts";
import { Code } from "../links/code.ts";
import { MethodKind, streamsRequests } from "../links/method_kind.ts";
import { Termination } from "../links/ticket.ts";
import type { Hello } from "../wire/control_item.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import type { HttpCallOptions } from "./client/call_context.ts";
import type { ProbeEvents } from "./client/client_exchange.ts";
import { DuplexProbe } from "./duplex/client.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import { originOf } from "./client/origin.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";
import type { ExchangeReason, InvocationSettings } from "./invocation_options.ts";
import { MAX_RESPONSES, MAX_STREAMS, type OpenStreams } from "./client/open_streams.ts";
import { type OriginMemory, type Verdict, verdictOn } from "./client/origin_memory.ts";
import { socketProblem } from "./socket/socket_url.ts";
import type { StreamExchange } from "./client/stream_exchange.ts";

/** What is done with an operation that begins. */
export type Choice =
  | {
    readonly verb: "begin";
    readonly kind: ExchangeKind;
    readonly reason: ExchangeReason;
    /** Whether it is given up if the server's hello does not come in `probeTimeoutMs`. */
    readonly isTrial?: boolean;
    /** What the user is to know of it. */
    readonly message?: string;
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
  /** Whether an exchange of a kind is open that takes any operation without headers of its own. */
  has(kind: ExchangeKind): boolean;
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
  /** Limits how long operations wait to know what the server offers. */
  #patience: Timer = undefined;

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
    if (failure.isOwn) return;
    this.#memory.peerLimits = undefined;
    const { requestBytes, status } = failure;
    if (requestBytes !== undefined) this.#memory.requestLimit[status === undefined ? "cut" : "refused"](requestBytes);
    if (this.#settings.kind !== "auto") return;
    if (!greeted && kind === ExchangeKind.DUPLEX) return this.#memory.forget(kind);
    const isSocket = kind === ExchangeKind.SOCKET;
    // A WebSocket that is refused looks like one whose server is away.
    const isAway = !greeted && !isSocket && failure.status === undefined && !failure.isHelloTimeout;
    if (isAway) this.#memory.forgetSuspicions();
    if (kind === ExchangeKind.SINGLE) return;
    const verdict = greeted ? verdictOnPart(failure) : verdictOn(failure, false);
    const isRuledOut = verdict === "fails" || verdict === "suspect" || (isSocket && !greeted && verdict === "unknown");
    if (isRuledOut) this.#memory.hasFailed(kind, verdict, failure, this.#settings.clock.now());
  }

  /** An exchange has ended in good order. */
  ended(kind: ExchangeKind, sentBytes: number): void {
    if (kind === ExchangeKind.DUPLEX) this.#memory.requestLimit.passed(sentBytes);
  }

  /** Whether operations that have come back from an exchange of a kind can try another. */
  hasRuledOut(kind: ExchangeKind): boolean {
    return this.#settings.kind === "auto" && this.#works(kind) === false;
  }

  #failureOf(kind: ExchangeKind): ExchangeFailure | undefined {
    return this.#memory.failureOf(kind, this.#settings.clock.now());
  }

  #works(kind: ExchangeKind): boolean | undefined {
    return this.#memory.works(kind, this.#settings.clock.now());
  }

  #chooseUnknown({ methodKind: kind }: OperationNeeds): Choice {
    const needsNone = !streamsRequests(kind);
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
    const { methodKind: kind, headers } = needs;
    const many = this.#settings.streams?.take(MAX_STREAMS) ? this.#settings.streams : undefined;
    const fitsSingly = kind !== undefined && kind !== MethodKind.BIDI_STREAMING;
    const isOneMore = many !== undefined && kind === MethodKind.SERVER_STREAMING;
    if (fitsSingly && !isOneMore) {
      const hasSocket = many !== undefined && headers === undefined && this.#link.has(ExchangeKind.SOCKET);
      return { verb: "begin", kind: hasSocket ? ExchangeKind.SOCKET : ExchangeKind.SINGLE, reason };
    }
    if (isOneMore && tried === "nothing" && many.hello === undefined) return this.#waitForHello(many);
    const kinds = isOneMore && this.#mayPreferSocket ? [ExchangeKind.SOCKET, ExchangeKind.PAIR] : WITHOUT_DUPLEX;
    const problems = kinds.map((other) => this.#problemOf(other, needs));
    const [best, next] = kinds.filter((_, i) => problems[i] === undefined);
    const last = best ?? (isOneMore || tried === "kind" ? undefined : this.#lastResort());
    // Something on the way may hold the response of a pair back until it is complete, which it never is. Where a pair has
    // been given up for that and nothing else is left, the server may as well be slow to begin.
    const isTrial = next !== undefined || best === ExchangeKind.PAIR;
    if (last !== undefined) return { verb: "begin", kind: last, reason, isTrial };
    const reasons = kinds.map((other, i) => `no ${other}: ${problems[i]}`);
    return isOneMore ? oneMore(many, reasons) : { verb: "refuse", ending: this.#noExchange(reasons) };
  }

  /** The streams that are open are about to be answered, and then it is known what the server offers. */
  #waitForHello({ waiting }: OpenStreams): Choice {
    const { clock, probeTimeoutMs } = this.#settings;
    waiting.add(this.#goOn);
    this.#patience ??= clock.setTimer(this.#goOn, probeTimeoutMs);
    return WAIT;
  }

  readonly #goOn = (): void => {
    this.stop();
    this.#link.settled();
  };

  /** Waits for no hello any more. */
  stop(): void {
    const { clock, streams } = this.#settings;
    clock.clearTimer(this.#patience);
    this.#patience = undefined;
    streams?.waiting.delete(this.#goOn);
  }

  get #offers(): readonly ExchangeKind[] | undefined {
    return this.#memory.offers ?? this.#settings.streams?.hello?.offers;
  }

  /** A WebSocket takes none of the connections that tabs share; pages of other origins are often refused one. */
  get #mayPreferSocket(): boolean {
    const isOwnOrigin = originOf(this.#settings.url) === originOf("/");
    return isOwnOrigin && this.#offers?.includes(ExchangeKind.SOCKET) === true;
  }

  /** Says why nothing carries an operation that may stream both ways, with the code of what has failed first. */
  #noExchange(problems: readonly string[]): Ending {
    const failures = [ExchangeKind.DUPLEX, ...WITHOUT_DUPLEX].map((kind) => this.#failureOf(kind));
    const duplex = this.#inconclusive ?? failures[0];
    const all = [`no duplex${duplex === undefined ? " here" : `: ${duplex.message}`}`, ...problems];
    const message = `Cannot carry the operation, which may stream both ways: there is ${all.join(", ")}`;
    const first = this.#inconclusive ?? failures.find((it) => it !== undefined);
    const otherwise = this.#settings.streams?.take(MAX_RESPONSES) ? Code.RESOURCE_EXHAUSTED : Code.UNIMPLEMENTED;
    return { termination: Termination.TRANSMISSION_FAILURE, code: first?.code ?? otherwise, message };
  }

  /** A kind that has only been late, or that may take a connection too many, is better than none. */
  #lastResort(): ExchangeKind | undefined {
    const nowMs = this.#settings.clock.now();
    const suspect = WITHOUT_DUPLEX.find((kind) => this.#memory.isSuspect(kind, nowMs));
    const isPairLeft = this.#settings.streams?.protocol === undefined && this.#lackOf(ExchangeKind.PAIR) === undefined;
    return suspect ?? (isPairLeft ? ExchangeKind.PAIR : undefined);
  }

  #problemOf(kind: ExchangeKind, { headers }: HttpCallOptions): string | undefined {
    const lack = this.#lackOf(kind);
    if (lack !== undefined) return lack;
    if (kind === ExchangeKind.PAIR) {
      // Headers of a call need a pair for that call alone.
      const isOpen = headers === undefined && this.#link.has(kind);
      const isTooMany = !isOpen && this.#settings.streams?.take(MAX_RESPONSES);
      return isTooMany ? "over HTTP/1.1 it would take a connection too many" : undefined;
    }
    const { webSocket, hasOwnFetch } = this.#settings;
    if (webSocket === undefined && hasOwnFetch) return "there is an option fetch, and no option webSocket";
    if (webSocket === undefined && headers !== undefined) {
      return "a WebSocket sends no headers, unless there is an option webSocket";
    }
    return socketProblem(this.#settings);
  }

  #lackOf(kind: ExchangeKind): string | undefined {
    const failure = this.#failureOf(kind);
    if (failure !== undefined) return `it has failed here, ${failure.message}`;
    return this.#offers?.includes(kind) === false ? "the server does not offer it" : undefined;
  }
}

/** Opens another stream in a browser where nothing carries several, if there may be connections enough for it. */
function oneMore({ size, protocol }: OpenStreams, problems: readonly string[]): Choice {
  const why =
    `${size} streams are open, and over HTTP/1.1 a browser has six connections to an origin for all its tabs; ` +
    `there is ${problems.join(", ")}`;
  if (protocol === undefined) {
    const message = `If this is HTTP/1.1, calls may wait for a connection: ${why}`;
    return { verb: "begin", kind: ExchangeKind.SINGLE, reason: "browser", message };
  }
  const { TRANSMISSION_FAILURE: termination } = Termination;
  const message = `Cannot open another stream: ${why}`;
  return { verb: "refuse", ending: { termination, code: Code.RESOURCE_EXHAUSTED, message } };
}

/** A part that reached another instance than its exchange: so may the next, unless an instance has just been replaced. */
function verdictOnPart({ isMisrouted }: ExchangeFailure): Verdict {
  return isMisrouted ? "suspect" : "unknown";
}
