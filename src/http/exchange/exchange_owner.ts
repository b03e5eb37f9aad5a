import type { Ticket } from "../../links/mod.ts";
import type { ExchangeOperation } from "./exchange_operation.ts";
import type { Turns } from "./turns.ts";

/** The link that an exchange works for, as the exchange sees it. */
export interface ExchangeOwner {
  /** When its exchanges go on that have more to read than others can wait for. */
  readonly turns: Turns;
  /** An operation has begun on an exchange: the mate's tickets of it go there. */
  begin(operation: ExchangeOperation): void;
  /** An operation has left its exchange: no ticket of it is sent any more. */
  forget(operation: ExchangeOperation): void;
  /** Hands a ticket to the link's mate. Throws what the mate throws. */
  deliver(ticket: Ticket): void;
  /** Takes an error that nobody else can be told of. Never throws. */
  report(error: unknown): void;
}
