import type { Ticket } from "../links/mod.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";

/** An exchange, as the invocation link sees it. */
export interface ClientExchange {
  /** Whether an operation can begin on it. */
  readonly accepting: boolean;
  /** Begins an operation with its first ticket. */
  begin(ticket: Ticket): void;
  /** Ends it and what runs on it, in good order where that is possible. */
  close(): void;
}

/** The invocation link, as its exchanges see it. */
export interface ClientOwner extends ExchangeOwner {
  /** An exchange is over. */
  closed(exchange: ClientExchange): void;
}
