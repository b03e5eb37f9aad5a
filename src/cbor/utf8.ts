/**
 * Text and its bytes. Nothing here replaces what it does not understand: bad bytes and lone surrogates are told, since a
 * replacement would alter a value on its way (S44).
 *
 * @module
 */

/** Up to this many bytes a loop beats `TextDecoder` (60 against 200 ns for 16 bytes on Deno 2.9). */
const SHORT_TEXT_BYTES = 24;
/** Up to this many bytes the function of Node's buffers does; on Deno it takes longer for more that are not ASCII. */
const MEDIUM_TEXT_BYTES = 256;
/** What a decoder puts in the place of bytes that are none of a text. */
const REPLACEMENT = "\ufffd";

// `ignoreBOM` keeps a leading U+FEFF, which is part of the value. One that is fatal takes three times as long (Deno 2.9).
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

type Utf8Slice = (this: Uint8Array, start: number, end: number) => string;

/** Node's buffers, on runtimes that have them. */
declare const Buffer: { readonly prototype?: { readonly utf8Slice?: unknown } } | undefined;

/**
 * The function of Node's buffers that reads text, where there is one that leaves nothing out: `TextDecoder` takes twice as long
 * for 100 bytes (Node 20, Deno 2.9), since it needs a view of them.
 */
function findUtf8Slice(): Utf8Slice | undefined {
  const utf8Slice = typeof Buffer === "undefined" ? undefined : Buffer.prototype?.utf8Slice;
  if (typeof utf8Slice !== "function") return undefined;
  try {
    const text: unknown = Reflect.apply(utf8Slice, Uint8Array.of(0, 0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0), [1, 7]);
    return text === `\ufeffa${REPLACEMENT}b` ? utf8Slice as Utf8Slice : undefined; // it has just been tried
  } catch {
    return undefined;
  }
}

const UTF8_SLICE = findUtf8Slice();

/**
 * Finds the first byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
 *
 * @param bytes Where the text lies.
 * @param start Its first byte.
 * @param end The byte after its last one; not beyond the bytes.
 * @returns The offset of the bad sequence, or -1 if all is well.
 */
export function invalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  let offset = start;
  while (offset < end) {
    const lead = bytes[offset]!;
    if (lead < 0x80) {
      offset += 1;
      continue;
    }
    if (lead < 0xe0) {
      if (lead < 0xc2 || offset + 1 === end || (bytes[offset + 1]! & 0xc0) !== 0x80) return offset;
      offset += 2;
      continue;
    }
    const length = sequenceLength(bytes, offset, end, lead);
    if (length === 0) return offset;
    offset += length;
  }
  return -1;
}

/** The length of the well-formed sequence that starts here with a byte from 0xe0, or 0 (Unicode, table 3-7). */
function sequenceLength(bytes: Uint8Array, offset: number, end: number, lead: number): number {
  const length = lead < 0xf0 ? 3 : 4;
  if (lead > 0xf4 || offset + length > end) return 0;
  const second = bytes[offset + 1]!;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const greatest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > greatest) return 0;
  if ((bytes[offset + 2]! & 0xc0) !== 0x80) return 0;
  return length === 3 || (bytes[offset + 3]! & 0xc0) === 0x80 ? length : 0;
}

/**
 * Reads text.
 *
 * @param bytes Where the text lies.
 * @param start Its first byte.
 * @param end The byte after its last one; not beyond the bytes.
 * @returns The text, or `undefined` if it is not valid UTF-8.
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= SHORT_TEXT_BYTES) return readShort(bytes, start, end);
  const text = UTF8_SLICE === undefined || end - start > MEDIUM_TEXT_BYTES
    ? DECODER.decode(bytes.subarray(start, end))
    : UTF8_SLICE.call(bytes, start, end);
  // It may be part of the text, too.
  return text.includes(REPLACEMENT) && invalidUtf8(bytes, start, end) >= 0 ? undefined : text;
}

function readShort(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const a = bytes[i]!;
    const b = bytes[i + 1]!;
    const c = bytes[i + 2]!;
    const d = bytes[i + 3]!;
    if ((a | b | c | d) > 0x7f) return readMixed(bytes, i, end, text);
    text += String.fromCharCode(a, b, c, d);
  }
  for (; i < end; i++) {
    const byte = bytes[i]!;
    if (byte > 0x7f) return readMixed(bytes, i, end, text);
    text += String.fromCharCode(byte);
  }
  return text;
}

/** The code units of a short text. */
const UNITS = new Uint16Array(SHORT_TEXT_BYTES);

/** Reads the rest of a short text in which not every character is ASCII. */
function readMixed(bytes: Uint8Array, start: number, end: number, before: string): string | undefined {
  if (invalidUtf8(bytes, start, end) >= 0) return undefined;
  const count = readUnits(bytes, start, end);
  let text = before;
  let i = 0;
  // Four at a time: each addition costs as much as all else.
  for (; i + 4 <= count; i += 4) text += String.fromCharCode(UNITS[i]!, UNITS[i + 1]!, UNITS[i + 2]!, UNITS[i + 3]!);
  switch (count - i) {
    case 1:
      return text + String.fromCharCode(UNITS[i]!);
    case 2:
      return text + String.fromCharCode(UNITS[i]!, UNITS[i + 1]!);
    case 3:
      return text + String.fromCharCode(UNITS[i]!, UNITS[i + 1]!, UNITS[i + 2]!);
    default:
      return text;
  }
}

/** Reads valid UTF-8 as code units and returns how many there are. */
function readUnits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end;) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      UNITS[count++] = lead;
      i += 1;
    } else if (lead < 0xe0) {
      UNITS[count++] = (lead & 0x1f) << 6 | bytes[i + 1]! & 0x3f;
      i += 2;
    } else if (lead < 0xf0) {
      UNITS[count++] = (lead & 0x0f) << 12 | (bytes[i + 1]! & 0x3f) << 6 | bytes[i + 2]! & 0x3f;
      i += 3;
    } else {
      const lower = (bytes[i + 1]! & 0x3f) << 12 | (bytes[i + 2]! & 0x3f) << 6 | bytes[i + 3]! & 0x3f;
      const point = ((lead & 0x07) << 18 | lower) - 0x10000;
      UNITS[count++] = 0xd800 | point >> 10;
      UNITS[count++] = 0xdc00 | point & 0x3ff;
      i += 4;
    }
  }
  return count;
}
