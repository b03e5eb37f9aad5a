import type { Ticket } from "../../links/mod.ts";
import type { ExchangeKind, Hello } from "../../wire/mod.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import type { ExchangeOperation } from "../exchange/exchange_operation.ts";
import type { ExchangeLink } from "../exchange/types.ts";
import type { RequestAborts } from "./request_aborts.ts";

/** An exchange, as the invocation link sees it. */
export interface ClientExchange {
  /** What carries it. */
  readonly kind: ExchangeKind;
  /** Whether the server's hello has come. */
  readonly greetedByServer: boolean;
  /** Whether an operation can begin on it. */
  readonly accepting: boolean;
  /** Begins an operation with its first ticket and returns what it is there. */
  begin(ticket: Ticket): ExchangeOperation;
  /** Ends it and what runs on it, in good order where that is possible. */
  close(): void;
}

/** The invocation link, as its exchanges see it. */
export interface ClientOwner extends ExchangeLink {
  /** Gives up requests that have not been answered. */
  readonly aborts: RequestAborts;
  /** The server's hello has come and is accepted. */
  greeted(exchange: ClientExchange, hello: Hello): void;
  /** An exchange is over; `failure` if not in good order. */
  closed(exchange: ClientExchange, failure: ExchangeFailure | undefined): void;
  /** Operations that never started come back, in the order in which they began; the exchange knows them no longer. */
  takeBack(exchange: ClientExchange, operations: readonly ExchangeOperation[], why: ExchangeFailure): void;
}
