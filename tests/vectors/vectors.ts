/**
 * The byte vectors, as other implementations may read them, too. Values that JSON does not have are written as an object with
 * one key that begins with `$` (PROTOCOL.md §13); here they become what this library makes of them.
 *
 * @module
 */

/** One vector. */
export interface Vector {
  readonly name: string;
  readonly hex: string;
  /** Whether the bytes are to be accepted. */
  readonly valid: boolean;
  /** Whether an encoder is to make exactly these bytes of the meaning. */
  readonly canonical?: boolean;
  /** What the bytes mean, if they are valid. */
  readonly meaning?: unknown;
  /** A part of the message, if they are not. */
  readonly error?: string;
  /** The code of the error. */
  readonly code?: string;
  /** Who dies of the error. */
  readonly scope?: "operation" | "exchange";
  /** The operation that dies. */
  readonly operation?: number;
  /** What is read before the error. */
  readonly items?: readonly unknown[];
  /** What is left of an incomplete frame. */
  readonly partialBytes?: number;
}

/**
 * Reads a file of vectors.
 *
 * @param name Its name without ".json".
 * @returns The vectors.
 */
export async function readVectors(name: string): Promise<readonly Vector[]> {
  return JSON.parse(await Deno.readTextFile(new URL(`./${name}.json`, import.meta.url)));
}

/**
 * Bytes from hexadecimal digits.
 *
 * @param hex The digits; blanks are skipped.
 * @returns The bytes.
 */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.replaceAll(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

/**
 * Hexadecimal digits of bytes.
 *
 * @param bytes The bytes.
 * @returns The digits.
 */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const TYPED_ARRAYS = {
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
};

type TypedArrayName = keyof typeof TYPED_ARRAYS;

/**
 * A meaning, or a part of one, as a value.
 *
 * @param meaning What the vector says.
 * @returns The value.
 */
export function valueOf(meaning: unknown): unknown {
  if (Array.isArray(meaning)) return meaning.map(valueOf);
  if (typeof meaning !== "object" || meaning === null) return meaning;
  const entries = Object.entries(meaning);
  const [key, content] = entries[0] ?? ["", undefined];
  if (key.startsWith("$")) return specialValue(key, content, meaning);
  return Object.fromEntries(entries.map(([name, value]) => [name, valueOf(value)]));
}

function specialValue(key: string, content: unknown, meaning: object): unknown {
  switch (key) {
    case "$undefined":
      return undefined;
    case "$bytes":
      return fromHex(String(content));
    case "$bigint":
      return BigInt(String(content));
    case "$number":
      return Number(content);
    case "$date":
      return new Date(Number(content));
    case "$nested":
      return nested(Number(content));
    case "$set":
      return new Set(listOf(content));
    case "$map":
      return new Map(listOf(content).map((pair) => pair as [unknown, unknown]));
    case "$typed":
      return typedArray(content as TypedArrayName, (meaning as { values: readonly (string | number)[] }).values);
    default:
      throw new Error(`No value is written as ${key}`);
  }
}

function listOf(content: unknown): unknown[] {
  return valueOf(content) as unknown[];
}

function nested(levels: number): unknown[] {
  return levels === 1 ? [] : [nested(levels - 1)];
}

function typedArray(name: TypedArrayName, values: readonly (string | number)[]): unknown {
  if (name === "BigInt64Array" || name === "BigUint64Array") return TYPED_ARRAYS[name].from(values.map(BigInt));
  return TYPED_ARRAYS[name].from(values.map(Number));
}
