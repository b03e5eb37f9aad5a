import { isBytes } from "../links/foreign_value.ts";
import { CborError } from "../cbor/cbor_error.ts";
import { writeValue } from "../cbor/encode.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
import { DEFAULT_CBOR_LIMITS } from "../cbor/profile.ts";
import { EXCHANGE_KINDS, type ExchangeKind } from "./exchange_kind.ts";
import type { ItemReader } from "./item_reader.ts";

/** Bytes of the longest id that is taken; this library makes its own of 16. */
const MAX_ID_BYTES = 64;

/** How a value of a control item travels. */
export interface Form<Value, Read = Value> {
  /** Reads it. */
  read(reader: ItemReader): Read;
  /** Writes it. The name is that of its field, for messages. */
  write(out: ItemWriter, value: Value, name: string): void;
}

/** Any value. */
export const ANY_VALUE: Form<unknown> = {
  read: (reader) => reader.value(),
  write: (out, value) => writeValue(out, value, DEFAULT_CBOR_LIMITS),
};

/** The bytes of an exchange id. */
export const EXCHANGE_ID: Form<Uint8Array> = identifier("an exchange id");

/** The bytes of an attempt id. */
export const ATTEMPT_ID: Form<Uint8Array> = identifier("an attempt id");

/** The bytes of an id. They are read as a copy: the exchange outlives the chunk. */
function identifier(what: string): Form<Uint8Array> {
  return {
    read(reader) {
      const start = reader.offset;
      const id = reader.value();
      if (!isBytes(id) || id.length === 0 || id.length > MAX_ID_BYTES) {
        throw new CborError(`${what} is not 1 to ${MAX_ID_BYTES} bytes`, start);
      }
      return id.slice();
    },
    write: (out, id) => out.byteString(id),
  };
}

/**
 * An integer from 0.
 *
 * @param what What it is, for messages.
 * @param ofNone What is wrong with 0, if it may not be.
 * @returns Its form.
 */
export function integer(what: string, ofNone?: string): Form<number> {
  const least = ofNone === undefined ? 0 : 1;
  return {
    read(reader) {
      const start = reader.offset;
      const value = reader.head(Major.UNSIGNED, what);
      if (value === 0 && ofNone !== undefined) throw new CborError(ofNone, start);
      return value;
    },
    write(out, value, name) {
      if (!Number.isSafeInteger(value) || value < least) {
        throw new RangeError(
          `Cannot encode "${name}" of a control item: expected an integer from ${least}, got ${value}`,
        );
      }
      out.integer(value);
    },
  };
}

const KIND_NUMBER = integer("the exchange kind of the hello");

/** The kind of an exchange, by its number. */
export const EXCHANGE_KIND: Form<ExchangeKind> = {
  read(reader) {
    const start = reader.offset;
    const number = KIND_NUMBER.read(reader);
    const kind = EXCHANGE_KINDS[number];
    if (kind === undefined) throw new CborError(`the hello names exchange kind ${number}, which does not exist`, start);
    return kind;
  },
  write: (out, kind, name) => KIND_NUMBER.write(out, EXCHANGE_KINDS.indexOf(kind), name),
};

/** The kind of an exchange that is offered. Kinds of later versions are passed over. */
export const OFFER: Form<ExchangeKind, ExchangeKind | undefined> = {
  read: (reader) => EXCHANGE_KINDS[reader.head(Major.UNSIGNED, "an offer of the hello")],
  write: EXCHANGE_KIND.write,
};

/**
 * An array.
 *
 * @param what What it is, for messages.
 * @param member How its members travel; those that are read as `undefined` are left out.
 * @returns Its form.
 */
export function listOf<Member>(what: string, member: Form<Member, Member | undefined>): Form<readonly Member[]> {
  return {
    read(reader) {
      const count = reader.head(Major.ARRAY, what);
      const members: Member[] = [];
      for (let i = 0; i < count; i++) {
        const read = member.read(reader);
        if (read !== undefined) members.push(read);
      }
      return members;
    },
    write(out, members, name) {
      out.head(Major.ARRAY, members.length);
      for (const each of members) member.write(out, each, name);
    },
  };
}
