/** Keys that JavaScriptCore keeps in one place of its tables, whatever engine runs this. */
import { assert, assertEquals } from "@std/assert";
import { collidingIndex, collidingText } from "../../bench/colliding_keys.ts";
import { KeyCollisions } from "../../src/cbor/collisions.ts";
import { seededRandom } from "./random_value.ts";

/** What a guard counts of keys, in all. */
function collisionsOf(keys: readonly string[]): number {
  const guard = new KeyCollisions();
  guard.begin();
  return keys.reduce((sum, key) => sum + guard.collisionsOf(key), 0);
}

for (const [name, key] of Object.entries({ text: collidingText, indices: (i: number) => String(collidingIndex(i)) })) {
  Deno.test(`P4.16 the collisions of chosen ${name} are counted, each with each`, () => {
    const keys = Array.from({ length: 400 }, (_, i) => key(i));
    assert(collisionsOf(keys) > 400 * 400 / 8, `${collisionsOf(keys)} collisions`);
  });
}

Deno.test("P4.16 keys that nobody has chosen collide with hardly any, and with themselves not at all", () => {
  const random = seededRandom(11);
  const keys = Array.from(
    { length: 20_000 },
    (_, i) => [`user-${i}`, String(1_000_000 + i * 37), random().toString(36)],
  );
  assert(collisionsOf(keys.flat()) < 100, `${collisionsOf(keys.flat())} collisions`);
  assertEquals(collisionsOf(Array.from({ length: 10_000 }, () => "the same")), 0);
});
