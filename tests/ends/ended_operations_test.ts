import { assert, assertEquals, assertFalse } from "@std/assert";
import { EndedOperations } from "../../src/ends/ended_operations.ts";
import type { OperationId } from "../../src/links/mod.ts";
import { seededRandom } from "../seeded_random.ts";

Deno.test("EndedOperations remembers ids of every kind", () => {
  const ended = new EndedOperations(100);
  const ids: OperationId[] = [1, -1, 0.5, NaN, "1", "", 1n, Symbol("1"), Symbol.for("1"), {}, [], () => {}];
  const others: OperationId[] = [2, -2, 1.5, Infinity, "2", 2n, Symbol("1"), Symbol.for("2"), {}, []];
  for (const id of ids) assertFalse(ended.has(id));
  for (const id of ids) ended.add(id);
  for (const id of ids) assert(ended.has(id), `${String(id)} is forgotten`);
  for (const id of others) assertFalse(ended.has(id), `${String(id)} never ended`);
});

Deno.test("EndedOperations keeps ids that follow each other in one run, in whatever order they end", () => {
  const ended = new EndedOperations(100);
  const ids = Array.from({ length: 5_000 }, (_, index) => index + 1);
  for (const id of ids) ended.add(id);
  assertEquals(ended.size, 1);
  const shuffled = new EndedOperations(5_000);
  for (const id of seededRandom(11).shuffle(ids)) shuffled.add(id);
  assertEquals(shuffled.size, 1);
  assertEquals([shuffled.has(0), shuffled.has(1), shuffled.has(5_000), shuffled.has(5_001)], [
    false,
    true,
    true,
    false,
  ]);
});

Deno.test("EndedOperations joins runs when the gap between them closes", () => {
  const ended = new EndedOperations(100);
  for (const id of [1, 2, 5, 6, 9]) ended.add(id);
  assertEquals(ended.size, 3);
  for (const id of [4, 3]) ended.add(id);
  assertEquals(ended.size, 2);
  for (const id of [8, 7]) ended.add(id);
  assertEquals(ended.size, 1);
  for (let id = 1; id <= 9; id++) assert(ended.has(id));
});

Deno.test("EndedOperations takes an id that it knows once", () => {
  const ended = new EndedOperations(2);
  for (let time = 0; time < 10; time++) {
    for (const id of [5, 7, "five"]) ended.add(id);
  }
  assertEquals([ended.size, ended.has(5), ended.has(7), ended.has("five")], [3, true, true, true]);
});

Deno.test("EndedOperations is bounded: of runs it forgets the lowest first", () => {
  const ended = new EndedOperations(3);
  for (const id of [10, 20, 30, 40]) ended.add(id);
  assertEquals(ended.size, 3);
  assertEquals([10, 20, 30, 40].map((id) => ended.has(id)), [false, true, true, true]);
});

Deno.test("EndedOperations is bounded: of other ids it forgets the eldest first", () => {
  const ended = new EndedOperations(3);
  for (const id of ["a", "b", "a", "c", "d"]) ended.add(id);
  assertEquals(ended.size, 3);
  assertEquals(["a", "b", "c", "d"].map((id) => ended.has(id)), [false, true, true, true]);
});

Deno.test("EndedOperations does not grow with the number of operations", () => {
  const ended = new EndedOperations(50);
  for (let id = 0; id < 20_000; id++) {
    ended.add(id * 2); // no two follow each other
    ended.add(`operation ${id}`);
    ended.add(BigInt(id));
    ended.add({ id });
    assert(ended.size <= 100);
  }
  assertEquals(ended.size, 100);
  assert(ended.has(39_998) && ended.has("operation 19999") && ended.has(19_999n));
});

Deno.test("EndedOperations with some operations that stay open remembers all that have ended", () => {
  const ended = new EndedOperations(100);
  for (let id = 1; id <= 10_000; id++) if (id % 500 !== 0) ended.add(id);
  assertEquals(ended.size, 20);
  for (let id = 1; id <= 10_000; id++) assertEquals(ended.has(id), id % 500 !== 0);
});

Deno.test("EndedOperations agrees with a set under random ids", () => {
  const random = seededRandom(42);
  const ended = new EndedOperations(1_000);
  const model = new Set<number>();
  for (let step = 0; step < 5_000; step++) {
    const id = random.integer(-300, 300);
    assertEquals(ended.has(id), model.has(id));
    ended.add(id);
    model.add(id);
  }
});
