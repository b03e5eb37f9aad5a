import { isBytes } from "../links/foreign_value.ts";
import { CausedMessage } from "../links/thrown.ts";
import { writeValue } from "../cbor/encode.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
import type { CborLimits } from "../cbor/profile.ts";
import type { ItemReader } from "./item_reader.ts";

/** Bytes of the longest id that is taken; this library makes its own of 16. */
const MAX_ID_BYTES = 64;

/** How the value of a field travels. Messages call it what they are told, as `hello.versions`. */
export interface Form<Value, Read = Value> {
  /** Reads it. */
  read(reader: ItemReader, what: string): Read;
  /** Writes it, within the limits of its receiver. */
  write(out: ItemWriter, value: Value, what: string, limits: CborLimits): void;
}

/** Any value. */
export const ANY_VALUE: Form<unknown> = {
  read: (reader) => reader.value(),
  write: (out, value, _, limits) => writeValue(out, value, limits),
};

/** Any value, which is one of a few short texts as a rule. */
export const NAME: Form<unknown> = { read: (reader) => reader.name(), write: ANY_VALUE.write };

/** What has happened, of which a cause stays on this side. */
export const MESSAGE: Form<unknown> = {
  read: ANY_VALUE.read,
  write: (out, value, _, limits) => writeValue(out, value instanceof CausedMessage ? value.message : value, limits),
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

/** A member of an enumeration, by its number. */
export function memberOf<Member>(members: readonly Member[]): Form<Member> {
  return {
    read(reader, what) {
      const start = reader.offset;
      const number = reader.head(Major.UNSIGNED, what);
      return members[number] ?? reader.fail(`${what} has no member ${number}`, start);
    },
    write(out, value, what) {
      const number = members.indexOf(value);
      if (number < 0) throw new TypeError(`Cannot encode ${what}: "${String(value)}" is no member of its enumeration`);
      out.byte(number);
    },
  };
}

/** The same, where members of later versions are passed over. */
export function knownMemberOf<Member>(members: readonly Member[]): Form<Member, Member | undefined> {
  return { ...memberOf(members), read: (reader, what) => members[reader.head(Major.UNSIGNED, what)] };
}

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
    write(out, members, what, limits) {
      out.head(Major.ARRAY, members.length);
      for (const each of members) member.write(out, each, what, limits);
    },
  };
}
