import type { MethodKind } from "../links/method_kind.ts";
import type { Metadata, Subscription, Termination } from "../links/ticket.ts";
import { CHECKED, EncodedPayload } from "./encoded_payload.ts";
import type { ItemReader } from "./item_reader.ts";
import { Major } from "../cbor/item_writer.ts";
import type { TicketFields } from "./ticket_fields.ts";
import { CRITICAL_KEYS, FIELDS, SEQUENCE_KEY } from "./ticket_layout.ts";

/** The fields of one ticket while they are read. The others are for the receiver, who makes the ticket of the same object. */
export class DecodedFields implements TicketFields {
  operationId: unknown = undefined;
  sequenceNumber: unknown = undefined;
  group: unknown = undefined;
  method: unknown = undefined;
  methodKind: MethodKind | undefined = undefined;
  subscription: Subscription | undefined = undefined;
  timeout: unknown = undefined;
  allowance: unknown = undefined;
  initialMetadata: Metadata | undefined = undefined;
  payload: unknown = undefined;
  terminalMetadata: Metadata | undefined = undefined;
  code: unknown = undefined;
  message: unknown = undefined;
  termination: Termination | undefined = undefined;
  neverStarted: true | undefined = undefined;
  unsupported: number | undefined = undefined;
  protocol: unknown = undefined;
}

/** What a ticket is read as. */
export interface ReadTicket {
  /** Its number, `undefined` for the one that is implied. */
  readonly sequence: number | undefined;
  /** Its fields, `undefined` for none. */
  readonly fields: TicketFields | undefined;
  /** Its payload, `undefined` for none. */
  readonly payload: unknown;
}

/**
 * Reads what follows the operation's number in a ticket.
 *
 * @param reader Where from.
 * @param count How many items the ticket's array has.
 * @param isEncoded Whether the payload is to come as `EncodedPayload`.
 * @returns The ticket.
 * @throws {CborError} If it is malformed or crosses a limit.
 */
export function readTicket(reader: ItemReader, count: number, isEncoded: boolean): ReadTicket {
  if (count !== 2 && count !== 3) reader.fail(`a ticket has ${count} items instead of 2 or 3`);
  let sequence: number | undefined;
  let fields: TicketFields | undefined;
  if (count === 3) fields = reader.recallFields();
  if (count === 3 && fields === undefined) {
    const start = reader.offset;
    // Most tickets with a map have fields; one that only has a number or unknown keys makes this for nothing.
    const read = new DecodedFields();
    let isKnown = true;
    for (let left = reader.fields("the fields of a ticket"); left > 0; left--) {
      const key = reader.key(FIELDS.length);
      const field = FIELDS[key];
      if (field !== undefined) {
        const { name, form, what } = field;
        (read as Record<typeof name, unknown>)[name] = form.read(reader, what); // the form is that of the field
        fields = read;
        continue;
      }
      isKnown = false;
      if (key === SEQUENCE_KEY) sequence = reader.head(Major.UNSIGNED, "the sequence number");
      else {
        if (key >= CRITICAL_KEYS.FIRST && key <= CRITICAL_KEYS.LAST) read.unsupported = key;
        // A field of a later version.
        reader.skip();
      }
    }
    if (fields !== undefined && isKnown) reader.rememberFields(fields, start);
  }
  const payload = readPayload(reader, isEncoded);
  reader.finish();
  return { sequence, fields, payload };
}

function readPayload(reader: ItemReader, isEncoded: boolean): unknown {
  if (reader.skipUndefined()) return undefined;
  if (!isEncoded) return reader.value();
  const start = reader.offset;
  reader.skip();
  return new EncodedPayload(reader.viewFrom(start), CHECKED);
}
