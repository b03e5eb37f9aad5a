import { ExchangeKind, type Hello } from "../../wire/mod.ts";
import { type ExchangeAnswer, type ExchangeRequest, requestExchange } from "./client_request.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import type { InvocationSettings } from "./invocation_options.ts";

/** What a connection is to carry. */
export interface ConnectionRequest extends Omit<ExchangeRequest<ReadableStream<Uint8Array>>, "isRepeatable"> {
  /** The client's direction has come down, though what comes back may go on. */
  readonly lost: (failure: ExchangeFailure) => void;
}

/** What carries the bytes of one exchange between the client and the server. */
export interface Connection {
  /** The kind of exchange that it makes. */
  readonly kind: ExchangeKind;
  /** Whether nothing but the hello has been sent; not so if it does not say. */
  readonly isUnsent?: boolean;
  /** Takes the client's direction to the server and brings the server's. Never throws, and is called once. */
  open(request: ConnectionRequest): Promise<ExchangeAnswer>;
  /** The server's hello has come and is accepted. */
  greeted(hello: Hello): void;
}

/** One request whose body stays open as long as its response does. */
export function duplexConnection(settings: InvocationSettings): Connection {
  return {
    kind: ExchangeKind.DUPLEX,
    open: (request) => requestExchange(settings, { ...request, isRepeatable: false }),
    greeted: () => {},
  };
}
