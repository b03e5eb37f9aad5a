import { CborError } from "../cbor/cbor_error.ts";
import type { MethodKind } from "../links/method_kind.ts";
import type { Metadata, Subscription, Termination } from "../links/ticket.ts";
import { EncodedPayload } from "./encoded_payload.ts";
import type { ItemReader } from "./item_reader.ts";
import { Major } from "../cbor/item_writer.ts";
import { readMetadata } from "./metadata.ts";
import { CRITICAL_KEYS, type Field, FIELDS, SEQUENCE_KEY, type TicketFields } from "./ticket_fields.ts";

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

  /** Other fields like these, as far as they are knowable. */
  copy(): DecodedFields {
    const copy = new DecodedFields();
    copy.group = this.group;
    copy.method = this.method;
    copy.methodKind = this.methodKind;
    copy.subscription = this.subscription;
    copy.timeout = this.timeout;
    copy.allowance = this.allowance;
    copy.termination = this.termination;
    return copy;
  }
}

/** Bytes of the fields of one ticket that are remembered at most: those of most calls are about 40. */
const GREATEST_KNOWN_BYTES = 95;
const KNOWN_SLOTS = 16;

/**
 * The fields of tickets that have been read before, and their bytes. Those of all calls of a method are the same, and to
 * compare the bytes takes a quarter of the time. One memory serves all bodies: what it tells is exact.
 */
const known: (DecodedFields | undefined)[] = new Array(KNOWN_SLOTS).fill(undefined);
const knownLengths = new Uint8Array(KNOWN_SLOTS);
const knownBytes = new Uint8Array(KNOWN_SLOTS * GREATEST_KNOWN_BYTES);

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  // The number of fields, the length of the group or a member, and a character of most methods' names.
  const first = start + 2 < end ? bytes[start]! + bytes[start + 2]! * 3 : 0;
  return (first + (start + 20 < end ? bytes[start + 20]! * 5 : 0)) % KNOWN_SLOTS;
}

/** Finds fields that have been read before, and passes over them. */
function recall(reader: ItemReader): DecodedFields | undefined {
  const { bytes, offset: start, end } = reader;
  const slot = slotOf(bytes, start, end);
  const fields = known[slot];
  const length = knownLengths[slot]!;
  if (fields === undefined || length > end - start) return undefined;
  const content = slot * GREATEST_KNOWN_BYTES;
  for (let i = 0; i < length; i++) {
    if (knownBytes[content + i] !== bytes[start + i]) return undefined;
  }
  reader.offset = start + length;
  return fields.copy();
}

/** Remembers the fields that end where the reader is. */
function remember(fields: DecodedFields, { bytes, offset, end }: ItemReader, start: number): void {
  const length = offset - start;
  if (length > GREATEST_KNOWN_BYTES) return;
  if (isObject(fields.group) || isObject(fields.method) || isObject(fields.timeout) || isObject(fields.allowance)) {
    return;
  }
  const slot = slotOf(bytes, start, end);
  known[slot] = fields.copy();
  knownLengths[slot] = length;
  const content = slot * GREATEST_KNOWN_BYTES;
  for (let i = 0; i < length; i++) knownBytes[content + i] = bytes[start + i]!;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
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
  #metadataBytes = 0;

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
    try {
      return new EncodedPayload(reader.rest(), reader.limits);
    } catch (error) {
      throw error instanceof CborError
        ? new CborError(error.explanation, start + (error.offset ?? 0), error.limit)
        : error;
    }
  }

  #readFields(reader: ItemReader): void {
    const start = reader.offset;
    this.fields = recall(reader);
    if (this.fields !== undefined) return;
    const count = reader.fields("the fields of a ticket");
    // Most tickets with a map have fields; one that only has a number or unknown keys makes this for nothing.
    const fields: { -readonly [Name in keyof DecodedFields]: unknown } = new DecodedFields();
    this.#metadataBytes = 0;
    let isEmpty = true;
    let isKnowable = count > 0;
    for (let i = 0; i < count; i++) {
      const key = reader.key(FIELDS.length);
      const field = FIELDS[key];
      isKnowable &&= field?.isKnowable === true;
      if (field !== undefined) {
        fields[field.name] = this.#readField(reader, field);
        isEmpty = false;
      } else if (key === SEQUENCE_KEY) this.sequence = reader.head(Major.UNSIGNED, "the sequence number");
      else {
        if (key >= CRITICAL_KEYS.FIRST && key <= CRITICAL_KEYS.LAST) fields.unsupported = key;
        // A field of a later version.
        reader.skip();
      }
    }
    if (isEmpty) return;
    this.fields = fields as DecodedFields; // its fields have been read as those of their keys
    if (isKnowable) remember(this.fields as DecodedFields, reader, start);
  }

  #readField(reader: ItemReader, field: Field): unknown {
    if (field.members !== undefined) return readMember(reader, field.members, field.what);
    if (field.form === "metadata") return this.#readMetadata(reader);
    return field.form === "name" ? reader.name() : reader.value();
  }

  #readMetadata(reader: ItemReader): Metadata {
    const start = reader.offset;
    const metadata = readMetadata(reader, reader.limits.maxMetadataBytes - this.#metadataBytes);
    this.#metadataBytes += reader.offset - start;
    return metadata;
  }
}

function readMember(reader: ItemReader, members: readonly unknown[], what: string = "a member"): unknown {
  const start = reader.offset;
  const number = reader.head(Major.UNSIGNED, what);
  const member = members[number];
  if (member === undefined) throw new CborError(`${what} has no member ${number}`, start);
  return member;
}
