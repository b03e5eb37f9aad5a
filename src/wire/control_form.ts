import { isBytes } from "../links/foreign_value.ts";
import { writeValue } from "../cbor/encode.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
import { DEFAULT_CBOR_LIMITS } from "../cbor/profile.ts";
import { EXCHANGE_KINDS, type ExchangeKind } from "./exchange_kind.ts";
import type { ItemReader } from "./item_reader.ts";

/** Bytes of the longest id that is taken; this library makes its own of 16. */
const MAX_ID_BYTES = 64;

/** How the value of a field of a control item travels. Messages call it what they are told, as `hello.versions`. */
export interface Form<Value, Read = Value> {
  /** Reads it. */
  read(reader: ItemReader, what: string): Read;
  /** Writes it. */
  write(out: ItemWriter, value: Value, what: string): void;
}

/** Any value. */
export const ANY_VALUE: Form<unknown> = {
  read: (reader) => reader.value(),
  write: (out, value) => writeValue(out, value, DEFAULT_CBOR_LIMITS),
};

/** The bytes of an id. They are read as a copy: the exchange outlives the chunk. */
export const IDENTIFIER: Form<Uint8Array> = {
  read(reader, what) {
    const start = reader.offset;
    const id = reader.value();
    if (isBytes(id) && id.length > 0 && id.length <= MAX_ID_BYTES) return id.slice();
    return reader.fail(`${what} is not 1 to ${MAX_ID_BYTES} bytes`, start);
  },
  write: (out, id) => out.byteString(id),
};

/** An integer from 0. */
export const COUNT: Form<number> = integerFrom(0);

/** An integer from 1. */
export const POSITIVE: Form<number> = integerFrom(1);

function integerFrom(least: number): Form<number> {
  return {
    read(reader, what) {
      const start = reader.offset;
      const value = reader.head(Major.UNSIGNED, what);
      return value < least ? reader.fail(`${what} is ${value}`, start) : value;
    },
    write(out, value, what) {
      if (Number.isSafeInteger(value) && value >= least) return out.integer(value);
      throw new RangeError(`Cannot encode ${what}: expected an integer from ${least}, got ${value}`);
    },
  };
}

/** The kind of an exchange, by its number. */
export const EXCHANGE_KIND: Form<ExchangeKind> = {
  read(reader, what) {
    const start = reader.offset;
    const number = COUNT.read(reader, what);
    return EXCHANGE_KINDS[number] ?? reader.fail(`${what} is ${number}, which does not exist`, start);
  },
  write: (out, kind, what) => COUNT.write(out, EXCHANGE_KINDS.indexOf(kind), what),
};

/** The kind of an exchange that is offered. Kinds of later versions are passed over. */
export const OFFER: Form<ExchangeKind, ExchangeKind | undefined> = {
  read: (reader, what) => EXCHANGE_KINDS[COUNT.read(reader, what)],
  write: EXCHANGE_KIND.write,
};

/** An array. Members that are read as `undefined` are left out. */
export function listOf<Member>(member: Form<Member, Member | undefined>): Form<readonly Member[]> {
  return {
    read(reader, what) {
      const count = reader.head(Major.ARRAY, what);
      const ofMember = `a member of ${what}`;
      const members: Member[] = [];
      for (let i = 0; i < count; i++) {
        const read = member.read(reader, ofMember);
        if (read !== undefined) members.push(read);
      }
      return members;
    },
    write(out, members, what) {
      out.head(Major.ARRAY, members.length);
      for (const each of members) member.write(out, each, what);
    },
  };
}
