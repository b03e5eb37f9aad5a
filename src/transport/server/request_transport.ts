import type { Context } from "npm:hono@^4";
import type { Protocol } from "../../links/ticket.ts";
import type { Transport, TransportTraits } from "../../links/transport.ts";
import type { Hello } from "../../wire/control_item.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { MEDIA_TYPE } from "../../wire/media_type.ts";
import type { HandlerHttp } from "./handler_http.ts";
import type { HttpRefusal } from "./http_refusal.ts";
import type { BufferBudget } from "./load_limits.ts";
import { OutgoingBody } from "../../exchange/outgoing_body.ts";
import { BODY_TRAITS } from "../../exchange/types.ts";
import type { ServiceExchange } from "./service_exchange.ts";
import type { BegunOperation, ResponseFate, ServiceTransport } from "./service_transport.ts";

/** A request that is to become an exchange, without what the context of Hono adds. */
export type OpeningRequest = Omit<ServiceRequest, "whenLeft" | "http"> & Partial<Pick<ServiceRequest, "http">>;

/** What the router of requests needs of the service link. */
export interface RequestHost {
  /** Bounds what all exchanges buffer. */
  readonly budget: BufferBudget;
  /** Returns a refusal if no exchange can be opened now, counting others that may be opened before. */
  checkCapacity(others?: number): HttpRefusal | undefined;
  /** Makes an exchange of a request. */
  open(context: Context, request: OpeningRequest): RequestExchange;
}

/** An exchange and the request that carries it. */
export interface RequestExchange {
  readonly transport: RequestTransport;
  readonly exchange: ServiceExchange;
}

/** The body of a complete answer. */
export type AnswerBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** What a request turns out to be: an exchange, a call that is answered, a part that has been taken, or none of these. */
export type Arrival =
  | { readonly kind: "opened"; readonly transport: RequestTransport }
  | { readonly kind: "answered"; readonly body: AnswerBody }
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly refusal: HttpRefusal };

/** The headers of every response of an exchange: nothing on the way may buffer, store or recode it. */
export const RESPONSE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": MEDIA_TYPE,
  "incremental": "?1",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
});

/** What brings the client's direction. */
export interface RequestSource extends Pick<Transport, "receive" | "lost"> {
  /** Whether a client that sends is slowed down when nothing is received. */
  readonly canPauseReceive: boolean;
  /** Nothing more is received. */
  stop(reason: Error | undefined): void;
}

/** The request that may become an exchange. */
export interface ServiceRequest {
  /** The kinds of exchange that it can carry. */
  readonly kinds: readonly ExchangeKind[];
  /** The id that the client names in its further requests, if there can be any. */
  readonly exchangeId?: Uint8Array | undefined;
  /** When it arrived, if not now. */
  readonly arrivedAtMs?: number | undefined;
  /** The operation that has begun already, if one has. */
  readonly begun?: BegunOperation | undefined;
  /** What the client sends. */
  readonly source: RequestSource;
  /** Calls back when the client has left, where the platform tells; returns what ends that. */
  readonly whenLeft: (left: () => void) => () => void;
  /** What handlers see of its context. */
  readonly http: HandlerHttp;
}

/** Of a request that is complete before its response begins. The client can only take what comes, or leave it. */
const WHOLE_TRAITS: TransportTraits = Object.freeze({ requestIsWhole: true, peerGrants: false, canPauseReceive: true });

/** One HTTP request and its response, which carry an exchange, or begin to. */
export class RequestTransport implements ServiceTransport {
  /** Resolves when the response is to begin, or with the answer if the request does not become an exchange. */
  readonly answer: Promise<HttpRefusal | undefined>;
  readonly lost: Promise<Error>;
  traits: TransportTraits;
  readonly kinds: readonly ExchangeKind[];
  readonly exchangeId: Uint8Array | undefined;
  readonly arrivedAtMs: number | undefined;
  readonly context: Protocol;
  readonly begun: BegunOperation | undefined;
  readonly #body = new OutgoingBody("service", () => this.#left());
  readonly #source: RequestSource;
  readonly #stopWatching: () => void;
  readonly #http: HandlerHttp;
  #resolveAnswer!: (refusal: HttpRefusal | undefined) => void;
  #resolveLost!: (reason: Error) => void;

  constructor(request: ServiceRequest) {
    this.traits = { ...BODY_TRAITS, canPauseReceive: request.source.canPauseReceive };
    this.kinds = request.kinds;
    this.exchangeId = request.exchangeId;
    this.arrivedAtMs = request.arrivedAtMs;
    this.context = request.http.protocol;
    this.#http = request.http;
    this.#source = request.source;
    this.begun = request.begun;
    this.answer = new Promise((resolve) => this.#resolveAnswer = resolve);
    this.lost = new Promise((resolve) => this.#resolveLost = resolve);
    void request.source.lost?.then(this.#resolveLost);
    this.#stopWatching = request.whenLeft(() => this.#left());
  }

  /** The response's body. */
  get body(): ReadableStream<Uint8Array> {
    return this.#body.stream;
  }

  get fate(): ResponseFate {
    if (this.#body.isRead) return "taken";
    // What reads it later, such as a stream that compresses it, has locked it.
    return !this.body.locked && this.#http.answersWithout(this.body) ? "dropped" : "waiting";
  }

  send(chunk: Uint8Array): Promise<void> {
    return this.#body.send(chunk);
  }

  receive(): Promise<Uint8Array | undefined> {
    return this.#source.receive();
  }

  closeSend(): void {
    this.#body.end();
  }

  close(reason?: Error): void {
    if (reason === undefined) this.#body.end();
    else this.#body.cut(reason);
    this.#source.stop(reason);
    this.#resolveAnswer(undefined);
    this.#stopWatching();
  }

  greeted({ exchange }: Hello): void {
    if (exchange !== ExchangeKind.SINGLE) return;
    this.traits = WHOLE_TRAITS;
    this.#http.carriesOneCall();
  }

  opened(): void {
    this.#http.answered();
    this.#resolveAnswer(undefined);
  }

  refused(refusal: HttpRefusal): void {
    this.#resolveAnswer(refusal);
  }

  #left(): Error {
    const reason = new Error("the client closed the response");
    this.#resolveLost(reason);
    return reason;
  }
}
