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

/** The code units of the text that was checked last, as many as it takes for a short one. */
const UNITS = new Uint16Array(SHORT_TEXT_BYTES);
let unitCount = 0;

/**
 * Finds the first byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
 *
 * @param bytes Where the text lies.
 * @param start Its first byte.
 * @param end The byte after its last one; not beyond the bytes.
 * @returns The offset of the bad sequence, or -1 if all is well.
 */
export function invalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  let offset = start;
  while (offset < end) {
    const lead = bytes[offset]!;
    if (lead < 0x80) {
      UNITS[count++] = lead;
      offset += 1;
      continue;
    }
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || offset + length > end) return offset;
    let point = lead & 0x7f >> length;
    for (let i = 1; i < length; i++) {
      const byte = bytes[offset + i]!;
      if ((byte & 0xc0) !== 0x80) return offset;
      point = point << 6 | byte & 0x3f;
    }
    // The least of three bytes is 2^11, of four bytes 2^16.
    if (point < 1 << 5 * length - 4 || point >> 11 === 0x1b || point > 0x10ffff) return offset;
    // The units of a long text are dropped, as a typed array takes nothing beyond its end.
    if (point > 0xffff) {
      UNITS[count++] = 0xd7c0 + (point >> 10);
      point = 0xdc00 | point & 0x3ff;
    }
    UNITS[count++] = point;
    offset += length;
  }
  unitCount = count;
  return -1;
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

/** Reads the rest of a short text in which not every character is ASCII. */
function readMixed(bytes: Uint8Array, start: number, end: number, before: string): string | undefined {
  if (invalidUtf8(bytes, start, end) >= 0) return undefined;
  let text = before;
  let i = 0;
  // Four at a time, then two: each addition costs as much as all else.
  for (; i + 4 <= unitCount; i += 4) {
    text += String.fromCharCode(UNITS[i]!, UNITS[i + 1]!, UNITS[i + 2]!, UNITS[i + 3]!);
  }
  if (i + 2 <= unitCount) {
    text += String.fromCharCode(UNITS[i]!, UNITS[i + 1]!);
    i += 2;
  }
  return i < unitCount ? text + String.fromCharCode(UNITS[i]!) : text;
}
