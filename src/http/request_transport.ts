import type { Protocol } from "../links/mod.ts";
import { ExchangeKind } from "../wire/mod.ts";
import type { HttpRefusal } from "./http_refusal.ts";
import { IncomingPump } from "./incoming_pump.ts";
import { OutgoingBody } from "./outgoing_body.ts";
import { ServiceExchange, type ServiceOwner, type ServiceTransport } from "./service_exchange.ts";
import type { ServiceSettings } from "./service_options.ts";

/** The request that may become an exchange. */
export interface ServiceRequest {
  /** Its body. */
  readonly body: ReadableStream<Uint8Array>;
  /** Aborts when the client has gone, on platforms where that can be listened to. */
  readonly signal: AbortSignal | undefined;
  /** What goes with ticket 0 of each operation. */
  readonly context: Protocol;
}

/** One HTTP request and its response, which carry a *duplex* or a *single* exchange. */
export class RequestTransport implements ServiceTransport {
  /** The exchange. */
  readonly exchange: ServiceExchange;
  /** Resolves when the hello is there, or with the answer if the request does not become an exchange. */
  readonly answer: Promise<HttpRefusal | undefined>;
  readonly sink = new OutgoingBody("service");
  readonly kinds = [ExchangeKind.DUPLEX, ExchangeKind.SINGLE];
  readonly context: Protocol;
  readonly #signal: AbortSignal | undefined;
  #resolveAnswer!: (refusal: HttpRefusal | undefined) => void;

  constructor(owner: ServiceOwner, settings: ServiceSettings, { body, signal, context }: ServiceRequest) {
    this.context = context;
    this.#signal = signal;
    this.answer = new Promise((resolve) => this.#resolveAnswer = resolve);
    this.exchange = new ServiceExchange(owner, settings, this);
    signal?.addEventListener("abort", this.#aborted);
    this.exchange.incoming.attach(new IncomingPump(body, this.exchange.incoming));
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
    this.#signal?.removeEventListener("abort", this.#aborted);
  }

  readonly #aborted = (): void => this.exchange.abandoned();
}
