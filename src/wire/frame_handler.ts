import type { ControlItem } from "./control_item.ts";
import type { TicketFields } from "./ticket_fields.ts";
import type { TicketProblem } from "./wire_error.ts";

/** What a `FrameReader` calls, synchronously, in the order of the frames. */
export interface FrameHandler {
  /**
   * Takes a ticket.
   *
   * @param operation Its operation's number on this exchange, from 1.
   * @param sequence Its own number, `undefined` for the one that is implied.
   * @param fields Its fields, `undefined` for none.
   * @param payload Its payload, `undefined` for none; a byte string is a view on the chunk.
   */
  ticket(operation: number, sequence: number | undefined, fields: TicketFields | undefined, payload: unknown): void;
  /**
   * Takes the news that a ticket is malformed or crosses a limit. The frames after it are not affected.
   *
   * @param operation Its operation's number on this exchange.
   * @param problem What is wrong.
   */
  badTicket(operation: number, problem: TicketProblem): void;
  /**
   * Takes a control item.
   *
   * @param item The item.
   */
  control(item: ControlItem): void;
  /**
   * Takes the news that a fragment has come, before the ticket that it may complete.
   *
   * @param operation Its operation's number on this exchange.
   * @param askedBytes Its bytes, if their sender wants to hear that they have been taken; 0 otherwise.
   * @param joinedBytes The bytes of the ticket that it completes, 0 for none.
   */
  fragment?(operation: number, askedBytes: number, joinedBytes: number): void;
  /**
   * Takes the news that a ticket that has come in part will never be complete.
   *
   * @param operation Its operation's number on this exchange.
   */
  givenUp?(operation: number): void;
}
