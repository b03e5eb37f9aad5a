import { Decoder } from "../cbor/decode.ts";
import { headLength, Major, UNDEFINED_BYTE } from "../cbor/item_writer.ts";
import type { TicketFields } from "./ticket_fields.ts";
import type { WireLimits } from "./wire_limits.ts";

/**
 * Reads the items of one frame in order. The heads of the envelope must be the shortest (P3.6), those inside of values
 * need not be. One serves for all frames of a body.
 */
export class ItemReader extends Decoder<WireLimits> {
  /** The known keys that have been read of a map, as bits. */
  #seen = 0;
  /** Bytes of metadata that have been read of the map. */
  metadataBytes = 0;

  /**
   * Reads the head of an item of one major type.
   *
   * @param major The major type.
   * @param what What the item is, for the message.
   * @returns The argument.
   * @throws {CborError} If there is no such head.
   */
  head(major: number, what: string): number {
    const start = this.offset;
    if (start >= this.end) this.fail(`the frame ends where ${what} is expected`);
    const initial = this.bytes[start]!;
    if ((initial & 0xe0) !== major) this.fail(`expected ${what}, got an item of type ${initial >> 5}`);
    if ((initial & 0x1f) < 24) {
      this.offset += 1;
      return initial & 0x1f;
    }
    const argument = this.argument(initial);
    if (!Number.isSafeInteger(argument)) this.fail(`the number of ${what} is above 2^53 - 1`, start);
    if (this.offset - start !== headLength(argument)) this.fail(`the head of ${what} is not the shortest`, start);
    return argument;
  }

  /**
   * Reads an integer of either sign.
   *
   * @param what What it is, for the message.
   * @returns The integer.
   * @throws {CborError} If there is none.
   */
  integer(what: string): number {
    const initial = this.offset < this.end ? this.bytes[this.offset]! : Major.UNSIGNED | 24;
    if (initial < 24) {
      this.offset += 1;
      return initial;
    }
    return (initial & 0xe0) === Major.NEGATIVE ? -1 - this.head(Major.NEGATIVE, what) : this.head(Major.UNSIGNED, what);
  }

  /**
   * Passes over the map of a ticket's fields that comes next, if one like it has been read before.
   *
   * @returns Its fields, which are the caller's to change; `undefined` if they must be read.
   */
  recallFields(): TicketFields | undefined {
    return undefined;
  }

  /**
   * May remember the fields of a ticket, whose map ends here and has nothing else in it.
   *
   * @param _fields The fields.
   * @param _start Where the map begins.
   */
  rememberFields(_fields: TicketFields, _start: number): void {}

  /**
   * Reads the head of a map with integer keys.
   *
   * @param what Whose fields they are, for the message.
   * @returns How many there are.
   * @throws {CborError} If there is none.
   */
  fields(what: string): number {
    this.#seen = 0;
    this.metadataBytes = 0;
    return this.head(Major.MAP, what);
  }

  /**
   * Reads the next key of the map that {@linkcode fields} has begun.
   *
   * @param known How many keys from 0 on are known, 31 at most.
   * @returns The key.
   * @throws {CborError} If there is none, or a known one stands twice.
   */
  key(known: number): number {
    const start = this.offset;
    const key = this.integer("the key of a field");
    const bit = key >= 0 && key < known ? 1 << key : 0;
    if ((this.#seen & bit) !== 0) this.fail(`field ${key} stands twice`, start);
    this.#seen |= bit;
    return key;
  }

  /**
   * Reads a text string of the envelope.
   *
   * @param what What it is, for the message.
   * @returns The text.
   * @throws {CborError} If there is none.
   */
  text(what: string): string {
    return this.textFrom(this.content(this.head(Major.TEXT, what), what), what);
  }

  /**
   * Reads a byte string of the envelope.
   *
   * @param what What it is, for the message.
   * @returns Its content, as a view.
   * @throws {CborError} If there is none.
   */
  byteString(what: string): Uint8Array {
    return this.viewFrom(this.content(this.head(Major.BYTES, what), what));
  }

  /**
   * Passes over CBOR's `undefined`.
   *
   * @returns Whether it was there.
   */
  skipUndefined(): boolean {
    const isThere = this.offset < this.end && this.bytes[this.offset] === UNDEFINED_BYTE;
    if (isThere) this.offset += 1;
    return isThere;
  }

  /**
   * Tells whether a text string comes next.
   *
   * @returns Whether it does.
   */
  isText(): boolean {
    return this.offset < this.end && (this.bytes[this.offset]! & 0xe0) === Major.TEXT;
  }

  /**
   * Passes over all that is left of the frame.
   *
   * @returns It, as a view.
   */
  rest(): Uint8Array {
    const start = this.offset;
    this.offset = this.end;
    return this.viewFrom(start);
  }

  /**
   * Reads any value of the strict profile (PROTOCOL.md §4).
   *
   * @returns The value. A byte string comes as a view; all else shares no memory with the frame.
   * @throws {CborError} If there is none.
   */
  value(): unknown {
    const initial = this.initialByte();
    return initial >> 5 === 2 ? this.viewFrom(this.content(this.argument(initial), "a byte string")) : this.item();
  }

  /**
   * Reads any value that is likely to be one of a few short texts.
   *
   * @returns The value.
   * @throws {CborError} If there is none.
   */
  name(): unknown {
    return this.shortText() ?? this.value();
  }
}
