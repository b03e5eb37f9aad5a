import { writeValue } from "../../src/cbor/encode.ts";
import { ItemWriter, Major, UNDEFINED_BYTE } from "../../src/cbor/item_writer.ts";
import { DEFAULT_WIRE_LIMITS } from "../../src/wire/mod.ts";
import type { SeenFrame } from "./seen_frame.ts";

/** Where a forged body is read. */
export interface Setting {
  /** Which side is lied to. */
  readonly victim: "invocation" | "service";
  readonly exchange: "duplex" | "single";
}

/** One way to break one rule: what a peer that does so sends instead of what it would have sent. */
export interface Forgery {
  readonly name: string;
  /**
   * Who dies of it: the operation; the exchange; all operations that the peer has not completed; nobody; or the operation
   * waits for what never comes.
   */
  readonly kills: "operation" | "exchange" | "incomplete" | "nobody" | "order";
  /** Whether it can be done to that victim. */
  fits?(setting: Setting): boolean;
  /** Makes of a frame what is sent in its place, or nothing if it does not apply to this one. */
  forge(frame: SeenFrame): readonly Uint8Array[] | undefined;
  /** It strikes at the first frame that it applies to, since there are few. */
  readonly isRare?: boolean;
  /** The body ends after it. */
  readonly isLast?: boolean;
}

/** One frame around an item that need not be valid. */
export function frameOf(item: Uint8Array): Uint8Array {
  const out = new ItemWriter();
  out.byteString(item);
  return out.bytes.slice(0, out.length);
}

/** What stands for no payload. */
export const NO_PAYLOAD: Uint8Array = Uint8Array.of(UNDEFINED_BYTE);

/** A ticket with fields of any value, in the order given, and an encoded payload. */
export function forgedTicket(
  wireId: number,
  fields: readonly (readonly [key: number, value: unknown])[],
  payload: Uint8Array = NO_PAYLOAD,
): Uint8Array {
  const out = new ItemWriter();
  out.head(Major.ARRAY, 3);
  out.integer(wireId);
  out.head(Major.MAP, fields.length);
  for (const [key, value] of fields) {
    out.integer(key);
    writeValue(out, value, DEFAULT_WIRE_LIMITS);
  }
  out.raw(payload);
  return frameOf(out.bytes.slice(0, out.length));
}

/** A control item of a type, with a map of values. */
export function forgedControl(type: number, fields: readonly (readonly [key: number, value: unknown])[]): Uint8Array {
  const out = new ItemWriter();
  out.head(Major.ARRAY, 2);
  out.integer(type);
  out.head(Major.MAP, fields.length);
  for (const [key, value] of fields) {
    out.integer(key);
    writeValue(out, value, DEFAULT_WIRE_LIMITS);
  }
  return frameOf(out.bytes.slice(0, out.length));
}
