/**
 * What no input may ever do, besides what each property says.
 *
 * @module
 */
import { assert, assertInstanceOf, fail } from "@std/assert";
import { CborError, WireError } from "../../src/wire/mod.ts";

/** Milliseconds that one input may take. */
const MAX_MS = 100;
/** Other processes and collections take time, too, so what was slow is tried again before it counts. */
const ATTEMPTS = 4;

/**
 * Does something that must be fast whatever the input.
 *
 * @param action What is done; it can be done again.
 * @returns What it returns.
 */
export function swiftly<T>(action: () => T): T {
  const times: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const start = performance.now();
    const result = action();
    times.push(performance.now() - start);
    if (times[attempt]! <= MAX_MS) return result;
  }
  fail(`One input took ${times.map((time) => Math.round(time)).join(", ")} ms, each time above ${MAX_MS}`);
}

/**
 * Does something that may fail in one documented way.
 *
 * @param action What is done.
 * @returns What it returns, or the error.
 */
export function cborErrorOr<T>(action: () => T): T | CborError {
  try {
    return action();
  } catch (error) {
    assertInstanceOf(error, CborError, `Not a documented error: ${Deno.inspect(error)}`);
    return error;
  }
}

/**
 * Checks that an exchange has failed of the peer's making: of a documented error, and not one of the decoder in its clothes.
 *
 * @param error The error.
 */
export function assertPeersFault(error: unknown): asserts error is WireError {
  assertInstanceOf(error, WireError, `Not a documented error: ${Deno.inspect(error)}`);
  assert(error.scope === "exchange", `scope "${error.scope}" instead of "exchange": ${error.message}`);
  assertReason(error);
}

/**
 * Checks that what cannot be read is the peer's fault.
 *
 * @param problem What is said to be wrong with it, with what reading has thrown.
 */
export function assertReason({ cause }: { readonly cause?: unknown }): void {
  assert(cause === undefined || cause instanceof CborError, `Caused by something else: ${Deno.inspect(cause)}`);
}

/**
 * Checks that two values are the same, of the kinds that there are here. `assertEquals` says the same, in ten times as
 * long.
 *
 * @param actual What there is.
 * @param expected What there is to be.
 * @param what What it is, for the message.
 */
export function assertSame(actual: unknown, expected: unknown, what: string): void {
  if (!isSame(actual, expected)) fail(`${what}: ${Deno.inspect(actual)} is not ${Deno.inspect(expected)}`);
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (ArrayBuffer.isView(a)) return areSameItems(a as Uint8Array, b as Uint8Array);
  if (Array.isArray(a)) return areSameItems(a, b as unknown[]);
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  // Sets and maps keep their order on the way.
  if (a instanceof Set || a instanceof Map) return areSameItems([...a], [...b as Iterable<unknown>]);
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => hasSame(a, b, name));
}

function areSameItems(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (!isSame(a[i], b[i])) return false;
  }
  return true;
}

function hasSame(a: object, b: object, name: string): boolean {
  return Object.hasOwn(b, name) && isSame(Reflect.get(a, name), Reflect.get(b, name));
}
