import { ExchangeKind, type Hello } from "../wire/mod.ts";
import { type ExchangeAnswer, type ExchangeRequest, requestExchange } from "./client_request.ts";
import type { InvocationSettings } from "./invocation_options.ts";

/** What carries the bytes of one exchange between the client and the server. */
export interface Connection {
  /** The kind of exchange that it makes. */
  readonly kind: ExchangeKind;
  /** Takes the client's direction to the server and brings the server's. Never throws, and is called once. */
  open(request: ExchangeRequest<ReadableStream<Uint8Array>>): Promise<ExchangeAnswer>;
  /** The server's hello has come and is accepted. */
  greeted(hello: Hello): void;
}

/** One request whose body stays open as long as its response does. */
export function duplexConnection(settings: InvocationSettings): Connection {
  return {
    kind: ExchangeKind.DUPLEX,
    open: (request) => requestExchange(settings, request),
    greeted: () => {},
  };
}
