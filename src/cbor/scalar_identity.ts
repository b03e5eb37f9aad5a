import { readFloat } from "./float.ts";
import { readUtf8 } from "./utf8.ts";

/**
 * Finds what tells a scalar from all others that a `Map` takes for another key: numbers are compared by value, whatever
 * their encoding, and big integers are other keys than numbers.
 *
 * @param bytes Where the item lies.
 * @param start Its first byte; the item is known to be one of the profile.
 * @param end The byte after its last one.
 * @returns Something that is equal for equal keys alone; `undefined` for what is no scalar, and so never the same.
 */
export function scalarIdentity(bytes: Uint8Array, start: number, end: number): string | number | undefined {
  const initial = bytes[start]!;
  const majorType = initial >> 5;
  const headBytes = headLengthOf(initial & 0x1f);
  switch (majorType) {
    case 0:
    case 1:
      return integerIdentity(bytes, start, majorType, headBytes);
    case 3:
      return `t${readUtf8(bytes, start + headBytes, end)}`;
    case 7:
      return initial < 0xf9 ? `s${initial}` : readFloat(bytes, start);
    default:
      return undefined;
  }
}

function headLengthOf(info: number): number {
  return info < 24 ? 1 : 1 + (1 << (info - 24));
}

function integerIdentity(bytes: Uint8Array, start: number, majorType: number, headBytes: number): string | number {
  // Eight bytes of argument make a big integer.
  if (headBytes === 9) return `i${majorType}:${bytes.subarray(start + 1, start + 9).join()}`;
  let argument = headBytes === 1 ? bytes[start]! & 0x1f : 0;
  for (let i = 1; i < headBytes; i++) argument = argument * 256 + bytes[start + i]!;
  return majorType === 0 ? argument : -1 - argument;
}
