import type { Context } from "npm:hono@^4";
import type { Protocol } from "../../links/ticket.ts";
import type { ExchangeKind } from "../../wire/exchange_kind.ts";
import { MEDIA_TYPE } from "../../wire/media_type.ts";
import type { HttpRefusal } from "./http_refusal.ts";
import type { ChunkSupply } from "../../exchange/incoming_chunks.ts";
import type { BufferBudget } from "./load_limits.ts";
import { OutgoingBody } from "../../exchange/outgoing_body.ts";
import { ServiceExchange, type ServiceExchangeLink } from "./service_exchange.ts";
import type { ServiceExchangeSettings, ServiceTransport } from "./service_transport.ts";

/** A request that is to become an exchange, without what the context of Hono adds. */
export type OpeningRequest = Omit<ServiceRequest, "signal" | "context">;

/** What the router of requests needs of the service link. */
export interface RequestHost {
  /** Bounds what all exchanges buffer. */
  readonly budget: BufferBudget;
  /** Returns a refusal if no exchange can be opened now, counting others that may be opened before. */
  checkCapacity(others?: number): HttpRefusal | undefined;
  /** Makes an exchange of a request. */
  open(context: Context, request: OpeningRequest): RequestTransport;
}

/** What a request turns out to be: an exchange, a part of one that has been taken, or none of these. */
export type Arrival =
  | { readonly kind: "opened"; readonly transport: RequestTransport }
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly refusal: HttpRefusal };

/** The headers of every response of an exchange: nothing on the way may buffer, store or recode it. */
export const RESPONSE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": MEDIA_TYPE,
  "incremental": "?1",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
});

/** The request that may become an exchange. */
export interface ServiceRequest {
  /** The kinds of exchange that it can carry. */
  readonly kinds: readonly ExchangeKind[];
  /** The id that the client names in its further requests, if there can be any. */
  readonly exchangeId?: Uint8Array | undefined;
  /** When it arrived, if not now. */
  readonly arrivedAtMs?: number | undefined;
  /** Returns the source of the client's bytes for an exchange. */
  readonly supply: (exchange: ServiceExchange) => ChunkSupply;
  /** Aborts when the client has left, on platforms where that can be listened to. */
  readonly signal: AbortSignal | undefined;
  /** What goes with ticket 0 of each operation. */
  readonly context: Protocol;
}

/** One HTTP request and its response, which carry an exchange, or begin to. */
export class RequestTransport implements ServiceTransport {
  /** The exchange. */
  readonly exchange: ServiceExchange;
  /** Resolves when the response is to begin, or with the answer if the request does not become an exchange. */
  readonly answer: Promise<HttpRefusal | undefined>;
  readonly sink = new OutgoingBody("service", { staysOpen: () => this.#requestIsEnding });
  readonly kinds: readonly ExchangeKind[];
  readonly exchangeId: Uint8Array | undefined;
  readonly arrivedAtMs: number | undefined;
  readonly context: Protocol;
  readonly #signal: AbortSignal | undefined;
  #resolveAnswer!: (refusal: HttpRefusal | undefined) => void;

  constructor(link: ServiceExchangeLink, settings: ServiceExchangeSettings, request: ServiceRequest) {
    this.kinds = request.kinds;
    this.exchangeId = request.exchangeId;
    this.arrivedAtMs = request.arrivedAtMs;
    this.context = request.context;
    this.#signal = request.signal;
    this.answer = new Promise((resolve) => this.#resolveAnswer = resolve);
    this.exchange = new ServiceExchange(link, settings, this);
    this.#signal?.addEventListener("abort", this.#aborted);
    this.exchange.incoming.attach(request.supply(this.exchange));
  }

  /** The response's body. */
  get body(): ReadableStream<Uint8Array> {
    return this.sink.stream;
  }

  opened(): void {
    this.#resolveAnswer(undefined);
  }

  refused(refusal: HttpRefusal): void {
    this.#resolveAnswer(refusal);
  }

  closed(): void {
    this.sink.finish();
    this.#resolveAnswer(undefined);
    this.#signal?.removeEventListener("abort", this.#aborted);
  }

  /**
   * Whether the end of the request is on its way. A response that ends before it costs the connection: workerd resets it
   * under the client's next request.
   */
  get #requestIsEnding(): boolean {
    const { incoming, readsRequest } = this.exchange;
    return readsRequest && incoming.peerHasEnded && !incoming.done;
  }

  readonly #aborted = (): void => this.exchange.abandoned();
}
