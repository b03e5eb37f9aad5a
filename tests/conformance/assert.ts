/**
 * The few assertions that the suite needs, as it runs where nothing can be imported from elsewhere.
 *
 * @module
 */

/** Fails a case. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Fails unless something holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Fails unless two values are the same by what they contain. */
export function assertEquals(actual: unknown, expected: unknown): void {
  if (!equal(actual, expected)) throw new AssertionError(`Got ${show(actual)}, expected ${show(expected)}`);
}

/** Fails unless a promise rejects; gives back what with. */
export async function assertRejects(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new AssertionError(`Got ${show(value)}, expected a rejection`);
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (tagOf(a) !== tagOf(b)) return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  const partsA = partsOf(a);
  const partsB = partsOf(b);
  return partsA.length === partsB.length && partsA.every((part, index) => equal(part, partsB[index]));
}

/** What an object is, whichever realm made it. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

/** What makes an object what it is, in an order that does not depend on how it came to be. */
function partsOf(value: object): unknown[] {
  if (value instanceof Map || value instanceof Set) return [...value].flat();
  if (ArrayBuffer.isView(value)) return [...bytesOf(value)];
  if (Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).flat();
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A value as text, at most so long that the report stays readable. */
export function show(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : toText(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function toText(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  const parts = ArrayBuffer.isView(value) ? [...bytesOf(value).subarray(0, 50)] : partsOf(value);
  return `${tagOf(value).slice(8, -1)}(${parts.slice(0, 50).map(toText).join(", ")})`;
}
