import type { Clock, Timer } from "../../clock.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { Connection, ProbeEvents } from "../client/client_exchange.ts";
import { requestExchange, type RequestTarget } from "../client/client_request.ts";
import { type ExchangeFailure, helloTimedOut } from "../../exchange/exchange_failure.ts";
import { type OriginMemory, verdictOn } from "../client/origin_memory.ts";
import type { StreamExchange } from "../client/stream_exchange.ts";

/** One request whose body stays open as long as its response does. */
export function duplexConnection(target: RequestTarget): Connection {
  return {
    kind: ExchangeKind.DUPLEX,
    open: (request) => requestExchange(target, { ...request, isRepeatable: false }),
    greeted: () => {},
  };
}

/**
 * Finds out whether a *duplex* exchange works on a path. It sends a hello, and a ping when the server's hello has come; the
 * pong shows that an upload goes on after the response has begun. Nothing else is sent before, so nothing is lost if it does
 * not work.
 */
export class DuplexProbe implements ProbeEvents {
  readonly #clock: Clock;
  readonly #memory: OriginMemory;
  readonly #settled: (inconclusive?: ExchangeFailure) => void;
  readonly #startedAtMs: number;
  #timer: Timer;

  /**
   * Opens the exchange. `settled` is called when the result is known, or with a failure that leaves it unknown; not before
   * the constructor has returned.
   */
  constructor(
    memory: OriginMemory,
    { clock, probeTimeoutMs }: { readonly clock: Clock; readonly probeTimeoutMs: number },
    open: (events: ProbeEvents) => StreamExchange,
    settled: (inconclusive?: ExchangeFailure) => void,
  ) {
    this.#clock = clock;
    this.#memory = memory;
    this.#settled = settled;
    this.#startedAtMs = clock.now();
    const exchange = open(this);
    this.#timer = clock.setTimer(() => exchange.giveUp(helloTimedOut(probeTimeoutMs)), probeTimeoutMs);
  }

  proven(): void {
    this.#clock.clearTimer(this.#timer);
    this.#memory.hasWorked(ExchangeKind.DUPLEX, this.#clock.now());
    this.#settled();
  }

  failed(failure: ExchangeFailure | undefined): void {
    this.#clock.clearTimer(this.#timer);
    if (failure === undefined) return this.#settled();
    const verdict = verdictOn(failure, this.#memory.hasAnsweredSince(this.#startedAtMs));
    this.#memory.hasFailed(ExchangeKind.DUPLEX, verdict, this.#clock.now());
    this.#settled(verdict === "fails" ? undefined : failure);
  }
}
