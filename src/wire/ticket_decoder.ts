import { CborError } from "../cbor/cbor_error.ts";
import type { MethodKind } from "../links/method_kind.ts";
import type { Metadata, Subscription, Termination } from "../links/ticket.ts";
import { CHECKED, EncodedPayload } from "./encoded_payload.ts";
import type { ItemReader } from "./item_reader.ts";
import { Major } from "../cbor/item_writer.ts";
import { CRITICAL_KEYS, FIELDS, SEQUENCE_KEY, type TicketFields } from "./ticket_fields.ts";

/** The fields of one ticket while they are read. The others are for the receiver, who makes the ticket of the same object. */
class DecodedFields implements TicketFields {
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

/** Reads tickets, one after the other, and holds the parts of the last one, so that none needs an object of its own. */
export class TicketDecoder {
  /** The ticket's number, `undefined` for the one that is implied. */
  sequence: number | undefined = undefined;
  /** The fields, `undefined` for none. */
  fields: TicketFields | undefined = undefined;
  /** The payload, `undefined` for none. */
  payload: unknown = undefined;
  readonly #isEncoded: boolean;

  /**
   * Makes a decoder.
   *
   * @param isEncoded Whether payloads are to come as `EncodedPayload`.
   */
  constructor(isEncoded: boolean) {
    this.#isEncoded = isEncoded;
  }

  /**
   * Reads what follows the operation's number in a ticket.
   *
   * @param reader Where from.
   * @param count How many items the ticket's array has.
   * @throws {CborError} If it is malformed or crosses a limit.
   */
  decode(reader: ItemReader, count: number): void {
    this.clear();
    if (count !== 2 && count !== 3) throw new CborError(`a ticket has ${count} items instead of 2 or 3`, reader.offset);
    if (count === 3) this.#readFields(reader);
    this.payload = this.#readPayload(reader);
    reader.finish();
  }

  /** Forgets the last ticket. */
  clear(): void {
    this.sequence = undefined;
    this.fields = undefined;
    this.payload = undefined;
  }

  #readPayload(reader: ItemReader): unknown {
    if (reader.skipUndefined()) return undefined;
    if (!this.#isEncoded) return reader.value();
    const start = reader.offset;
    reader.skip();
    return new EncodedPayload(reader.viewFrom(start), CHECKED);
  }

  #readFields(reader: ItemReader): void {
    const count = reader.fields("the fields of a ticket");
    // Most tickets with a map have fields; one that only has a number or unknown keys makes this for nothing.
    const fields: { -readonly [Name in keyof DecodedFields]: unknown } = new DecodedFields();
    let isEmpty = true;
    for (let i = 0; i < count; i++) {
      const key = reader.key(FIELDS.length);
      const field = FIELDS[key];
      if (field !== undefined) {
        fields[field.name] = field.form.read(reader, field.what);
        isEmpty = false;
      } else if (key === SEQUENCE_KEY) this.sequence = reader.head(Major.UNSIGNED, "the sequence number");
      else {
        if (key >= CRITICAL_KEYS.FIRST && key <= CRITICAL_KEYS.LAST) fields.unsupported = key;
        // A field of a later version.
        reader.skip();
      }
    }
    if (!isEmpty) this.fields = fields as DecodedFields; // its fields have been read as those of their keys
  }
}
