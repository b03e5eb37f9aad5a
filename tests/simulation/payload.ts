import { assertEquals } from "@std/assert";
import { seededRandom } from "../seeded_random.ts";

/** One side of an operation. */
export type Side = "invocation" | "service";

/** Values that are easily taken for none, and a few that are not bytes. */
const ODD_VALUES: readonly unknown[] = [null, 0, false, "", [], { a: [1, "ü"] }, "text", 1.5, new Uint8Array()];

/**
 * Makes the payload that one side of one operation sends at one place, always the same: so that the receiver can tell by
 * itself whether what came is what was sent there.
 */
export function payloadAt(seed: number, operation: number, side: Side, index: number): unknown {
  const place = operation * 64 + index * 2 + (side === "service" ? 1 : 0);
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(place + 1, 0x85ebca6b));
  if (random.chance(0.1)) return random.pick(ODD_VALUES);
  const bytes = new Uint8Array(random.integer(0, random.pick([8, 8, 60, 60, 300, 300, 5_000, 65_536])));
  let state = random.integer(1, 2 ** 31 - 1);
  for (let i = 0; i < bytes.length; i++) {
    if ((i & 3) === 0) state = Math.imul(state, 0x41c64e6d) + 0x3039;
    bytes[i] = state >>> (8 * (i & 3));
  }
  return bytes;
}

/** Whether two payloads are the same value. */
export function samePayload(actual: unknown, expected: unknown): boolean {
  if (expected instanceof Uint8Array) return actual instanceof Uint8Array && sameBytes(actual, expected);
  return sameValue(actual, expected);
}

/** Whether two values are the same in all that the wire carries. */
export function sameValue(actual: unknown, expected: unknown): boolean {
  try {
    assertEquals(actual, expected);
    return true;
  } catch {
    return false;
  }
}

function sameBytes(actual: Uint8Array, expected: Uint8Array): boolean {
  if (actual.length !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) return false;
  }
  return true;
}
