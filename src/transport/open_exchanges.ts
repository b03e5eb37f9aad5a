import type { PeerLimits } from "../exchange/exchange.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import type { ClientExchange, ClientExchangeLink, ProbeEvents } from "./client/client_exchange.ts";
import type { Carriers } from "./carriers.ts";
import type { RequestLimit } from "./client/request_limit.ts";
import type { ExchangeReason, InvocationSettings } from "./invocation_options.ts";
import { StreamExchange, type StreamExchangeSettings } from "./client/stream_exchange.ts";

/**
 * The most bytes that wait in a browser, encoded, to be taken by the HTTP layer. Two parts of a pair, of 262,144 bytes each,
 * are on their way besides, and what waits may be twice as much: so an upload whose progress is shown by what its iterable
 * has given is less than a mebibyte ahead of the server.
 */
const BROWSER_HIGH_WATER_BYTES = 131_072;

/** A kind of exchange that carries several operations. */
type SharedKind = Exclude<ExchangeKind, "single">;

/** What an exchange is to be that an operation goes on. */
export interface WantedExchange {
  /** Its kind. */
  readonly kind: SharedKind;
  /** Why it is of that kind. */
  readonly reason: ExchangeReason;
  /** Whether something else is to be tried if the server's hello does not come in `probeTimeoutMs`. */
  readonly isTrial: boolean;
}

/** What they ask and tell. */
export interface OpenExchangesHost {
  /** An exchange has been opened. Never throws. */
  opened(kind: ExchangeKind, reason: ExchangeReason, message: string | undefined): void;
  /** What the server takes, if that is known. */
  peerLimits(): PeerLimits | undefined;
  /** What has been seen of a limit on the length of requests. */
  readonly requestLimit: RequestLimit;
}

/** The exchanges of several operations of an invocation link that are open. */
export class OpenExchanges {
  readonly #link: ClientExchangeLink;
  readonly #settings: InvocationSettings;
  readonly #carriers: Carriers;
  readonly #host: OpenExchangesHost;
  readonly #open: Set<ClientExchange> = new Set();
  #allClosed: (() => void) | undefined;

  constructor(link: ClientExchangeLink, settings: InvocationSettings, carriers: Carriers, host: OpenExchangesHost) {
    this.#link = link;
    this.#settings = settings;
    this.#carriers = carriers;
    this.#host = host;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Returns an exchange of a kind that takes an operation. Headers of the operation itself need a new one. */
  take({ kind, reason, isTrial }: WantedExchange, headers: HeadersInit | undefined): ClientExchange {
    const open = headers === undefined ? this.accepting(kind) : undefined;
    return open ?? this.#add(this.#newExchange(kind, headers, isTrial), reason);
  }

  /** An exchange of a kind that takes an operation. */
  accepting(kind: ExchangeKind): ClientExchange | undefined {
    for (const exchange of this.#open) if (exchange.accepting && exchange.kind === kind) return exchange;
    return undefined;
  }

  /** Opens a *duplex* exchange that takes no operations before it is proven. */
  openProbe(events: ProbeEvents): StreamExchange {
    const settings = this.#limited(ExchangeKind.DUPLEX, this.#settings.helloTimeoutMs);
    return this.#add(
      new StreamExchange(
        this.#link,
        settings,
        undefined,
        this.#carriers.duplex(settings),
        this.#host.peerLimits(),
        events,
      ),
      "probe",
    );
  }

  /** An exchange is over. */
  remove(exchange: ClientExchange): void {
    this.#open.delete(exchange);
    this.#settings.streams?.delete(exchange);
    if (this.#open.size === 0) this.#allClosed?.();
  }

  /** Ends all, and resolves when they are over. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#allClosed = resolve;
      for (const exchange of [...this.#open]) exchange.close();
      if (this.#open.size === 0) resolve();
    });
  }

  #newExchange(kind: SharedKind, headers: HeadersInit | undefined, isTrial: boolean): ClientExchange {
    const { helloTimeoutMs, probeTimeoutMs } = this.#settings;
    const patienceMs = isTrial ? Math.min(helloTimeoutMs, probeTimeoutMs) : helloTimeoutMs;
    const settings = this.#limited(kind, patienceMs);
    return new StreamExchange(this.#link, settings, headers, this.#carriers[kind](settings), this.#host.peerLimits());
  }

  /** The settings of one exchange. The requests of a pair are short, and a WebSocket is none. */
  #limited(kind: SharedKind, helloTimeoutMs: number): InvocationSettings & StreamExchangeSettings {
    const { inBrowser, highWaterBytes } = this.#settings;
    return {
      ...this.#settings,
      helloTimeoutMs,
      highWaterBytes: inBrowser ? Math.min(highWaterBytes, BROWSER_HIGH_WATER_BYTES) : highWaterBytes,
      maxSentBytes: kind === ExchangeKind.DUPLEX ? this.#host.requestLimit.maxBytes : Infinity,
    };
  }

  #add<E extends ClientExchange>(exchange: E, reason: ExchangeReason): E {
    this.#open.add(exchange);
    if (exchange.kind === ExchangeKind.PAIR) this.#settings.streams?.add(exchange);
    const { refusedBytes, maxBytes } = this.#host.requestLimit;
    const isLimited = exchange.kind === ExchangeKind.DUPLEX && maxBytes < Infinity;
    const message = isLimited
      ? `It takes no more calls after ${maxBytes} bytes: something on the way has cut requests of ${refusedBytes}`
      : undefined;
    this.#host.opened(exchange.kind, reason, message);
    return exchange;
  }
}
