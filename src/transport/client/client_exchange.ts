import { Code } from "../../links/code.ts";
import { Termination, type Ticket } from "../../links/ticket.ts";
import type { Transport } from "../../links/transport.ts";
import type { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { Hello } from "../../wire/control_item.ts";
import { PROTOCOL_VERSION } from "../../wire/media_type.ts";
import type { HttpInvocationContext, InvocationContext } from "./call_context.ts";
import type { RequestAborts } from "./client_request.ts";
import type { ExchangeFailure } from "../../exchange/exchange_failure.ts";
import type { ExchangeOperation } from "../../exchange/exchange_operation.ts";
import { peerFrameProblem } from "../../exchange/exchange_settings.ts";
import type { Ending } from "../../exchange/exchange_tickets.ts";
import type { ExchangeLink } from "../../exchange/types.ts";

/** An exchange, as the invocation link uses it. */
export interface ClientExchange {
  /** What carries it. */
  readonly kind: ExchangeKind;
  /** Whether the server's hello has come. */
  readonly greetedByServer: boolean;
  /** Whether an operation can begin on it. */
  readonly accepting: boolean;
  /** Bytes that have left. */
  readonly sentBytes: number;
  /** What is known of its response, which goes with ticket 0 of its operations. */
  readonly response: InvocationContext;
  /** Begins an operation with its first ticket, and returns it. */
  begin(ticket: Ticket): ExchangeOperation;
  /** Ends it and its operations, in good order where that is possible. */
  close(): void;
}

/** What exchanges, and operations that wait for one, need of the invocation link. */
export interface ClientExchangeLink extends ExchangeLink {
  /** Gives up requests that have not been answered. */
  readonly aborts: RequestAborts;
  /** The server's hello has come and is accepted. */
  greeted(exchange: ClientExchange, hello: Hello): void;
  /** An exchange is over; `failure` if not in good order. */
  closed(exchange: ClientExchange, failure: ExchangeFailure | undefined): void;
  /** Operations that never started come back, in the order in which they began; the exchange has forgotten them. */
  takeBack(exchange: ClientExchange, operations: readonly ExchangeOperation[], why: ExchangeFailure): void;
  /** Tells the local end that an operation is over which is on no exchange. */
  tellEnd(operation: ExchangeOperation, ending: Ending): void;
}

/** What a transport is opened with. */
export interface TransportRequest {
  /** Headers of the call that it is opened for; they replace those of the link that have the same name. */
  readonly headers: HeadersInit | undefined;
  /** Called before the first chunk is received. */
  readonly opened: (response: HttpInvocationContext) => void;
  /** The number of the last operation of which anything has been handed over to be sent. */
  readonly lastOperation: () => number;
  /** No server has begun an operation above that number, nor will. What the server sends still comes. */
  readonly refusedAbove: (lastOperation: number, why: ExchangeFailure) => void;
}

/** The client's side of a transport that carries several operations. Its requests leave when it is opened. */
export interface ClientTransport extends Transport {
  /** Whether nothing but the hello has been sent; `undefined` counts as no. */
  readonly isUnsent?: boolean;
  /** The server's hello has come and is accepted. */
  greeted?(hello: Hello): void;
}

/** A way to carry several operations on one exchange. */
export interface Carrier {
  /** The kind of exchange. */
  readonly kind: ExchangeKind;
  /** Opens a transport. Never throws: failures are those of the transport. */
  open(request: TransportRequest): ClientTransport;
}

/** What a probe is told by its exchange. */
export interface ProbeEvents {
  /** A ping that was sent after the response had begun is answered: both bodies are open. */
  proven(): void;
  /** The exchange is over before that. */
  failed(failure: ExchangeFailure | undefined): void;
}

/** What the local end is told of the operations of a link that is closed. */
export const LINK_CLOSED: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.UNAVAILABLE,
  message: "The link is closed",
});

/** What the server is told of them. */
export const CANCELLED_BY_CLOSE: Ending = Object.freeze({
  termination: Termination.CANCELLATION,
  code: Code.CANCELLED,
  message: "The client's link is closed",
});

/** Finds what is wrong with a server's hello; `undefined` if nothing is. */
export function checkServerHello({ versions, maxFrameBytes }: Hello): string | undefined {
  if (versions.length !== 1 || versions[0] !== PROTOCOL_VERSION) {
    const chosen = versions.length === 0 ? "none" : versions.join(", ");
    return `Cannot begin the exchange: the server chose version ${chosen}, ${PROTOCOL_VERSION} was offered`;
  }
  return peerFrameProblem(maxFrameBytes);
}
