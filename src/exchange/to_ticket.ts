import { type OperationId, type Protocol, Termination, type Ticket } from "../links/ticket.ts";
import type { TicketFields } from "../wire/ticket_fields.ts";
import { saidBy } from "./exchange_failure.ts";
import { isAbort } from "./ticket_count.ts";

/** Makes a ticket for the local end of what has come over the wire. */
export function toTicket(
  operationId: OperationId,
  sequenceNumber: number,
  fields: TicketFields | undefined,
  payload: unknown,
  allowance: unknown,
  protocol: Protocol | undefined,
): Ticket {
  if (fields === undefined) return { operationId, sequenceNumber, payload, protocol };
  // The object has been made for this ticket and is handed to nobody else, so it becomes the ticket.
  const ticket = fields as TicketInMaking;
  ticket.operationId = operationId;
  ticket.sequenceNumber = sequenceNumber;
  ticket.allowance = allowance;
  ticket.payload = payload;
  ticket.message = messageOf(fields);
  ticket.protocol = protocol;
  // What the wire does not check passes as it is: the local end answers it by its rules (S3, S10).
  return ticket as Ticket;
}

/** A ticket, any of whose fields can be set to anything. */
type TicketInMaking = { -readonly [Field in keyof Ticket | keyof TicketFields]?: unknown };

/** The aborts whose message is from the peer's library, mostly its HTTP layer, and not from the service. */
const ABORTS_OF_LIBRARIES: ReadonlySet<unknown> = new Set([
  Termination.SHUTDOWN,
  Termination.RECEPTION_FAILURE,
  Termination.TRANSMISSION_FAILURE,
]);

/** A message of the service stays as it is. In that of an abort the peer's text is marked as foreign (P8.11). */
function messageOf({ termination, message }: TicketFields): unknown {
  // To look into a set takes longer than all else here.
  if (!isAbort(termination)) return message;
  return ABORTS_OF_LIBRARIES.has(termination) ? saidBy("The peer", message) ?? message : message;
}
