import { below, type Random } from "./random_value.ts";

const TAGS = [0, 1, 1, 1, 2, 3, 4, 24, 64, 65, 66, 69, 72, 76, 77, 81, 82, 86, 100, 258, 258, 259, 259, 0xd9f7];
const INTEGERS = [
  0n,
  1n,
  23n,
  24n,
  255n,
  65_535n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 2n,
  2n ** 53n - 1n,
  2n ** 53n,
];
const TEXTS = ["", "a", "b", "1", "10", "__proto__", "constructor", "\ufeff", "水", "x".repeat(30), "ä".repeat(40)];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

/** A head whose argument is as wide as it need be, or wider. */
function head(random: Random, major: number, argument: bigint): number[] {
  const least = [24n, 256n, 65_536n, 2n ** 32n, 2n ** 64n].findIndex((bound) => argument < bound);
  const width = random() < 0.7 ? least : least + below(random, 5 - least);
  if (width === 0) return [(major << 5) | Number(argument)];
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, argument);
  return [(major << 5) | (23 + width), ...bytes.subarray(8 - (1 << (width - 1)))];
}

/**
 * A small item of CBOR of any kind, mostly well-formed: what general codecs read, of which the profile allows a part.
 *
 * @param random The source.
 * @param depth How deep arrays, maps and tags may lie in each other.
 * @returns Its bytes.
 */
export function randomItem(random: Random, depth: number): number[] {
  const kind = below(random, depth > 0 ? 12 : 6);
  switch (kind) {
    case 0:
    case 1:
      return head(random, kind, random() < 0.7 ? BigInt(below(random, 4)) : pick(random, INTEGERS));
    case 2:
      return string(random, 2, Array.from({ length: pick(random, [0, 1, 2, 3, 4, 8, 16]) }, () => below(random, 256)));
    case 3:
      return string(random, 3, [...new TextEncoder().encode(pick(random, TEXTS))]);
    case 4:
      return float(random);
    case 5:
      return simple(random);
    case 6:
    case 7:
      return container(random, 4, below(random, 4), () => randomItem(random, depth - 1));
    case 8:
    case 9:
      return container(random, 5, below(random, 3), (i) => {
        if (i % 2 !== 0 || random() < 0.1) return randomItem(random, depth - 1);
        return string(random, 3, [...new TextEncoder().encode(pick(random, TEXTS))]);
      });
    default:
      return [...head(random, 6, BigInt(pick(random, TAGS))), ...randomItem(random, depth - 1)];
  }
}

function simple(random: Random): number[] {
  const value = 0xf4 + below(random, 4);
  if (random() < 0.9) return [value];
  return random() < 0.5 ? [0xf8, value & 0x1f] : [pick(random, [0xe0, 0xf3, 0xfc, 0xff])];
}

function string(random: Random, major: number, content: number[]): number[] {
  const bytes = [...head(random, major, BigInt(content.length)), ...content];
  return random() < 0.01 ? [(major << 5) | 31, ...bytes, 0xff] : bytes;
}

function container(random: Random, major: number, count: number, item: (index: number) => number[]): number[] {
  const items = Array.from({ length: major === 5 ? count * 2 : count }, (_, i) => item(i)).flat();
  if (random() < 0.05) return [(major << 5) | 31, ...items, 0xff];
  return [...head(random, major, BigInt(count)), ...items];
}

function float(random: Random): number[] {
  const width = pick(random, [2, 4, 8]);
  const view = new DataView(new ArrayBuffer(8));
  const number = pick(random, [0, -0, 1, 1.5, -2.25, 1e6, NaN, Infinity, -Infinity, 1e9 + 0.5, -1e12]);
  if (width === 4) view.setFloat32(0, number);
  else if (width === 8) view.setFloat64(0, number);
  else view.setUint16(0, below(random, 0x10000));
  return [0xf8 + Math.log2(width), ...new Uint8Array(view.buffer, 0, width)];
}
