import { CborError } from "./cbor_error.ts";
import { type CborLimits, cborLimits } from "./cbor_limits.ts";
import { checkItem, VIEWS } from "./check_item.ts";
import { decodeCopied, decodeUnchecked, MAX_COPIED_BYTES } from "./codec.ts";
import { NOT_PLAIN, plainItemEnd, readPlainItem } from "./plain_items.ts";

/** U+FEFF in UTF-8. */
const BOM_BYTES = 3;
const MARKS: number[] = [];

/**
 * Decodes bytes that hold exactly one item of the strict profile (PROTOCOL.md §4).
 *
 * Byte strings come as plain `Uint8Array`s that are views on the given bytes; typed arrays as views where their alignment
 * allows and as copies where not. Maps become plain objects, those of tag 259 `Map`s. An integer whose head has eight
 * bytes becomes a bigint.
 *
 * @param bytes The bytes. They must not change while the value is in use.
 * @param limits What the item may cost.
 * @returns The value.
 * @throws {CborError} If they are anything but one such item.
 */
export function decodeValue(bytes: Uint8Array, limits?: Partial<CborLimits>): unknown {
  const checked = cborLimits(limits);
  const plain = readPlainItem(bytes, 0, bytes.length, checked);
  if (plain !== NOT_PLAIN && plainItemEnd() === bytes.length) return plain;
  MARKS.length = 0;
  const end = checkItem(bytes, 0, bytes.length, checked, MARKS);
  if (end !== bytes.length) throw new CborError(`${bytes.length - end} bytes follow the item`, end);
  return decodeChecked(bytes, 0, end, MARKS);
}

/**
 * Decodes an item that `checkItem` has let pass.
 *
 * @param bytes Where it lies.
 * @param offset Its first byte.
 * @param end The byte after its last one.
 * @param marks What `checkItem` marked.
 * @returns The value.
 */
export function decodeChecked(bytes: Uint8Array, offset: number, end: number, marks: readonly number[]): unknown {
  if (marks.length === 0 && end - offset <= MAX_COPIED_BYTES) return decodeCopied(bytes, offset, end);
  if (bytes[offset]! >> 5 === 2) return byteString(bytes, offset, end);
  const item = new Uint8Array(bytes.buffer, bytes.byteOffset + offset, end - offset);
  const boms = marks.filter((mark) => mark !== VIEWS).map((mark) => mark - offset);
  return decodeUnchecked(boms.length === 0 ? item : doubleBoms(item, boms));
}

/** Bytes by themselves: for cbor-x to read them takes ten times as long. */
function byteString(bytes: Uint8Array, offset: number, end: number): Uint8Array {
  const info = bytes[offset]! & 0x1f;
  const content = offset + 1 + (info < 24 ? 0 : 1 << (info - 24));
  return new Uint8Array(bytes.buffer, bytes.byteOffset + content, end - content);
}

/**
 * Doubles the U+FEFF at the start of each marked text. cbor-x reads text of more than 64 bytes with a `TextDecoder` that
 * takes the first one for a byte order mark and drops it, which would alter the value.
 */
function doubleBoms(item: Uint8Array, heads: readonly number[]): Uint8Array {
  // The head of each, one of 2 to 9 bytes, is written anew with 5.
  const grown = new Uint8Array(item.length + heads.length * (BOM_BYTES + 3));
  const view = new DataView(grown.buffer);
  let read = 0;
  let write = 0;
  for (const head of heads) {
    const size = 1 << ((item[head]! & 0x1f) - 24);
    const text = head + 1 + size;
    let length = 0;
    for (let i = head + 1; i < text; i++) length = length * 256 + item[i]!;
    grown.set(item.subarray(read, head), write);
    write += head - read;
    grown[write] = 0x7a;
    view.setUint32(write + 1, length + BOM_BYTES);
    grown.set(item.subarray(text, text + BOM_BYTES), write + 5);
    write += 5 + BOM_BYTES;
    read = text;
  }
  grown.set(item.subarray(read), write);
  return grown.subarray(0, write + item.length - read);
}
