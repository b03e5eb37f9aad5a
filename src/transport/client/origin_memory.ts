import type { PeerLimits } from "../../exchange/exchange.ts";
import type { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { FetchFunction } from "./client_request.ts";
import type { ExchangeFailure } from "../../exchange/exchange_failure.ts";
import { RequestLimit } from "./request_limit.ts";

/**
 * Statuses that blame how the request was sent, which can be another way: a body without a length or one that did not come,
 * a kind of exchange that the server does not offer.
 */
const BLAMES_FORM: ReadonlySet<number> = new Set([400, 408, 411, 413, 501, 505]);

/** Statuses of proxies whose server does not answer. */
const BLAMES_SERVER: ReadonlySet<number> = new Set([502, 504]);

/**
 * What a failure of an exchange before it had begun shows of its kind:
 *
 * - `"fails"`: it does not work here;
 * - `"suspect"`: it may not work here, or the server is slow or away;
 * - `"unknown"`: nothing, and neither may the next try;
 * - `"passing"`: nothing, and the next try is welcome.
 */
export type Verdict = "fails" | "suspect" | "unknown" | "passing";

/** Judges why an exchange did not begin; `answered` says whether the server has answered another request meanwhile. */
export function verdictOn({ status, isHelloTimeout, isOwn, retry }: ExchangeFailure, answered: boolean): Verdict {
  if (isOwn || retry !== undefined) return "passing";
  if (isHelloTimeout) return answered ? "fails" : "suspect";
  if (status !== undefined && BLAMES_FORM.has(status)) return "fails";
  // Some runtimes refuse to stream a request, and some proxies cut the connection.
  const isUnreached = status === undefined || BLAMES_SERVER.has(status);
  return isUnreached && answered ? "suspect" : "unknown";
}

/** Origins that are remembered for one `fetch`; the one that was added first goes. */
const MAX_ORIGINS = 1_000;

/** Milliseconds for which it is remembered that a kind of exchange works here, from the last time that it did. */
const WORKS_FOR_MS = 600_000;

/** Milliseconds for which a kind is not tried again that has failed. */
const AVOIDED_FOR_MS: Readonly<Record<Verdict, number>> = Object.freeze({
  fails: 600_000,
  suspect: 60_000,
  unknown: 1_000,
  passing: 0,
});

/** What is known of one kind of exchange, and until when. */
interface Finding {
  readonly verdict: Verdict | "works";
  readonly untilMs: number;
  /** Why it does not. */
  readonly failure?: ExchangeFailure;
}

/** What is remembered of one origin as one `fetch` reaches it. All links to it by that `fetch` share it. */
export class OriginMemory {
  readonly #findings: Map<ExchangeKind, Finding> = new Map();
  /** The kinds that the server offers, as its last hello said. */
  offers: readonly ExchangeKind[] | undefined;
  /** What the server takes, as its last hello on an exchange of several operations said. */
  peerLimits: PeerLimits | undefined;
  /** What has been seen of a limit on the length of requests. */
  readonly requestLimit = new RequestLimit();
  #answeredAtMs = -Infinity;

  /** Whether a kind works; `undefined` if that is not known, or not any more. */
  works(kind: ExchangeKind, nowMs: number): boolean | undefined {
    const finding = this.#findings.get(kind);
    return finding === undefined || nowMs >= finding.untilMs ? undefined : finding.verdict === "works";
  }

  /** Whether nothing worse is known of a kind than that it may not work. */
  isSuspect(kind: ExchangeKind, nowMs: number): boolean {
    return this.works(kind, nowMs) === false && this.#findings.get(kind)?.verdict === "suspect";
  }

  /** Why a kind does not work; `undefined` if it may. */
  failureOf(kind: ExchangeKind, nowMs: number): ExchangeFailure | undefined {
    return this.works(kind, nowMs) === false ? this.#findings.get(kind)?.failure : undefined;
  }

  /** A kind has worked. */
  hasWorked(kind: ExchangeKind, nowMs: number): void {
    this.#findings.set(kind, { verdict: "works", untilMs: nowMs + WORKS_FOR_MS });
  }

  /** A kind has not begun. */
  hasFailed(kind: ExchangeKind, verdict: Verdict, failure: ExchangeFailure, nowMs: number): void {
    this.#findings.set(kind, { verdict, untilMs: nowMs + AVOIDED_FOR_MS[verdict], failure });
  }

  /** Forgets a kind. */
  forget(kind: ExchangeKind): void {
    this.#findings.delete(kind);
  }

  /** The server could not be reached in any way, so suspicions are void. */
  forgetSuspicions(): void {
    for (const [kind, { verdict }] of this.#findings) {
      if (verdict === "suspect") this.#findings.delete(kind);
    }
  }

  /** The server has answered a request that was complete. */
  answered(nowMs: number): void {
    this.#answeredAtMs = nowMs;
  }

  /** Whether it has done so since then. */
  hasAnsweredSince(ms: number): boolean {
    return this.#answeredAtMs >= ms;
  }
}

const MEMORIES: WeakMap<FetchFunction, Map<string, OriginMemory>> = new WeakMap();

/** Returns what is remembered of an origin, for this `fetch` alone: another may lead to another server. */
export function memoryOf(origin: string, fetch: FetchFunction): OriginMemory {
  const memories = MEMORIES.get(fetch) ?? new Map<string, OriginMemory>();
  MEMORIES.set(fetch, memories);
  const memory = memories.get(origin) ?? new OriginMemory();
  if (!memories.has(origin) && memories.size >= MAX_ORIGINS) {
    const [oldest] = memories.keys();
    if (oldest !== undefined) memories.delete(oldest);
  }
  memories.set(origin, memory);
  return memory;
}
