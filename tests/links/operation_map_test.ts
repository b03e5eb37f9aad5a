import { assertEquals } from "@std/assert";
import { OperationMap } from "../../src/links/operation_map.ts";
import type { OperationId } from "../../src/links/mod.ts";
import { below, seededRandom } from "../cbor/random_value.ts";

/** Ids as they are handed out, and as someone might choose them who means no good. */
function anyId(random: () => number, next: number): OperationId {
  switch (below(random, 6)) {
    case 0:
      return 16 * below(random, 50);
    case 1:
      return [-1, -16, 0.5, 2 ** 31, 2 ** 53 - 1, NaN, "a", "1", 1n][below(random, 9)]!;
    default:
      return next;
  }
}

Deno.test("OperationMap holds what a Map holds, whatever the ids", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed);
    const map = new OperationMap<string>();
    const expected = new Map<OperationId, string>();
    const used: OperationId[] = [-1, 0, "b"];
    for (let step = 0; step < 2_000; step++) {
      const id = anyId(random, step);
      if (random() < 0.55) {
        map.set(id, `value ${step}`);
        expected.set(id, `value ${step}`);
        used.push(id);
      } else {
        // Some come in their order, others at random, and all at once now and then.
        const ends = random() < 0.002 ? [...expected.keys()] : [random() < 0.5 ? used.shift()! : id];
        for (const end of ends) assertEquals(map.delete(end), expected.delete(end));
        if (used.length === 0) used.push(id);
      }
      assertEquals(map.size, expected.size);
      const probe = used[below(random, used.length)]!;
      assertEquals(map.get(probe), expected.get(probe));
    }
    for (const [id, value] of expected) assertEquals(map.get(id), value);
    assertEquals(map.values().toSorted(), [...expected.values()].toSorted());
  }
});

Deno.test("OperationMap lists numbers in their order, and all else after them", () => {
  const map = new OperationMap<string>();
  for (const id of ["x", 33, 1, 17, 16, 2, 1_000]) map.set(id, String(id));
  map.delete(16);
  assertEquals(map.values(), ["1", "2", "17", "33", "1000", "x"]);
});

Deno.test("OperationMap finds nothing for an id that has gone, and takes it again", () => {
  const map = new OperationMap<number>();
  for (let round = 0; round < 3; round++) {
    for (const id of [5, 21, "y"]) {
      map.set(id, round);
      assertEquals([map.get(id), map.delete(id), map.get(id), map.delete(id)], [round, true, undefined, false]);
    }
  }
  assertEquals([map.size, map.values()], [0, []]);
});
