import { collidingIntegers } from "./colliding_integers.ts";

/** A value that is to be refused soon. */
export interface HostileValue {
  readonly name: string;
  readonly bytes: () => Uint8Array;
}

/** The content of the largest frame that is accepted by default, give or take. */
const LARGE = 4_000_000;
const CHOSEN = 16_000;
const COLLIDING = collidingIntegers(CHOSEN);

/** A head with an argument of four bytes. */
function head(major: number, argument: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = (major << 5) | 26;
  new DataView(bytes.buffer).setUint32(1, argument);
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return joinAll(parts);
}

/** As `join`, for more parts than a call takes. */
function joinAll(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** A set of many members, each of which is made of its number. */
function set(count: number, member: (index: number) => Uint8Array): Uint8Array {
  return join(
    Uint8Array.of(0xd9, 0x01, 0x02),
    head(4, count),
    ...Array.from({ length: count }, (_, index) => member(index)),
  );
}

/** A map of many entries, the key of each of which is made of its number. */
function map(count: number, tag: readonly number[], key: (index: number) => Uint8Array): Uint8Array {
  const zero = Uint8Array.of(0);
  const entries = Array.from({ length: count }, (_, index) => [key(index), zero]).flat();
  return joinAll([Uint8Array.from(tag), head(5, count), ...entries]);
}

function textKey(text: string): Uint8Array {
  return Uint8Array.of(0x60 + text.length, ...new TextEncoder().encode(text));
}

/** Eight characters that are the number in base 26. */
function word(index: number): string {
  return Array.from({ length: 8 }, (_, digit) => String.fromCharCode(97 + Math.floor(index / 26 ** digit) % 26)).join(
    "",
  );
}

/** An object of one property, `{"1023": 0}`. */
const ROOMY = join(Uint8Array.of(0xa1), textKey("1023"), Uint8Array.of(0));

/** All in one text, with one bad byte at the end. */
function badText(character: readonly number[]): Uint8Array {
  const content = new Uint8Array(LARGE);
  for (let i = 0; i + character.length <= LARGE; i += character.length) content.set(character, i);
  content[LARGE - 1] = 0xff;
  return join(head(3, LARGE), content);
}

/** What is known to hurt decoders. */
export const HOSTILE_VALUES: readonly HostileValue[] = [
  {
    name: "a bignum of 4 MB, which decodes in quadratic time",
    bytes: () => join(Uint8Array.of(0xc2), head(2, LARGE), new Uint8Array(LARGE).fill(0xff)),
  },
  { name: "5,000 arrays in each other", bytes: () => new Uint8Array(5_000).fill(0x81) },
  { name: "5,000 tags in each other", bytes: () => new Uint8Array(5_000).fill(0xc1) },
  { name: "a million empty arrays", bytes: () => join(head(4, 1_000_000), new Uint8Array(1_000_000).fill(0x80)) },
  { name: "a million empty maps", bytes: () => join(head(4, 1_000_000), new Uint8Array(1_000_000).fill(0xa0)) },
  { name: "a byte string of 1 GiB in five bytes", bytes: () => head(2, 2 ** 30) },
  { name: "a text of 1 GiB in five bytes", bytes: () => head(3, 2 ** 30) },
  { name: "an array of 2^30 items in five bytes", bytes: () => head(4, 2 ** 30) },
  { name: "a map of 2^30 entries in five bytes", bytes: () => head(5, 2 ** 30) },
  {
    name: "a map of 17 keys that are the same",
    bytes: () => map(17, [], () => textKey("same key")),
  },
  {
    name: "a map of 10,000 keys, the last two the same",
    bytes: () => map(10_000, [], (index) => textKey(word(Math.min(index, 9_998)))),
  },
  {
    name: "a map of 30,000 keys, the last two the same",
    bytes: () => map(30_000, [], (index) => textKey(word(Math.min(index, 29_998)))),
  },
  {
    name: "a map of tag 259 of 30,000 integers, the last two the same",
    bytes: () => map(30_000, [0xd9, 0x01, 0x03], (index) => head(0, Math.min(index, 29_998))),
  },
  {
    name: "a set of 16,000 integers that fall together",
    bytes: () => set(CHOSEN, (index) => head(0, COLLIDING[index]!)),
  },
  {
    name: "a set of 16,000 big integers that fall together",
    // Their lowest 64 bits are all that V8 hashes.
    bytes: () =>
      set(CHOSEN, (index) => join(Uint8Array.of(0xc2, 0x4d), head(0, index + 1).fill(1, 0, 1), new Uint8Array(8))),
  },
  {
    name: "a set of 4,096 texts that are indices and fall together",
    bytes: () => set(4_096, (index) => textKey(String(index * 2 ** 20))),
  },
  {
    name: "200,000 objects that make room for 1,023 properties each",
    bytes: () => joinAll([head(4, 200_000), ...Array(200_000).fill(ROOMY)]),
  },
  {
    name: "a map of tag 259 of 16,000 integers that fall together, the last two the same",
    bytes: () => map(16_000, [0xd9, 0x01, 0x03], (index) => head(0, COLLIDING[Math.min(index, 15_998)]!)),
  },
  { name: "a text of 4 MB of letters with one bad byte at its end", bytes: () => badText([0x61]) },
  { name: "a text of 4 MB of umlauts with one bad byte at its end", bytes: () => badText([0xc3, 0xa4]) },
  { name: "a text of 4 MB of emoji with one bad byte at its end", bytes: () => badText([0xf0, 0x9f, 0x98, 0x80]) },
];

/** What is read to its end, be it good or bad: the time is that of so many bytes. */
export const LONG_VALUES: readonly HostileValue[] = [
  { name: "a text of 4 MB of letters", bytes: () => join(head(3, LARGE), new Uint8Array(LARGE).fill(0x61)) },
  { name: "an array of 4,000,000 small integers", bytes: () => join(head(4, LARGE), new Uint8Array(LARGE)) },
  { name: "a map of 400,000 keys", bytes: () => map(400_000, [], (index) => textKey(word(index))) },
  {
    name: "a map of 400,000 keys, the last two the same",
    bytes: () => map(400_000, [], (index) => textKey(word(Math.min(index, 399_998)))),
  },
];
