import { assertEquals } from "@std/assert";
import { Fifo } from "../../src/links/fifo.ts";
import { seededRandom } from "../seeded_random.ts";

Deno.test("Fifo gives items back in order", () => {
  const fifo = new Fifo<number>();
  assertEquals([fifo.length, fifo.shift()], [0, undefined]);
  for (const item of [1, 2, 3]) fifo.push(item);
  assertEquals([fifo.peek(), fifo.length], [1, 3]);
  assertEquals([fifo.length, fifo.shift(), fifo.shift(), fifo.length], [3, 1, 2, 1]);
  fifo.push(4);
  assertEquals([fifo.shift(), fifo.shift(), fifo.shift(), fifo.peek(), fifo.length], [3, 4, undefined, undefined, 0]);
});

Deno.test("Fifo keeps falsy items", () => {
  const fifo = new Fifo<unknown>();
  const items = [0, "", false, null, NaN, 0n];
  for (const item of items) fifo.push(item);
  assertEquals(items.map(() => fifo.shift()), items);
});

Deno.test("Fifo forgets everything when it is cleared, and goes on", () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 100; item++) fifo.push(item);
  for (let taken = 0; taken < 30; taken++) fifo.shift();
  fifo.clear();
  assertEquals([fifo.length, fifo.shift()], [0, undefined]);
  fifo.push(1);
  assertEquals([fifo.length, fifo.shift(), fifo.length], [1, 1, 0]);
});

Deno.test("Fifo behaves like an array under random operations", () => {
  const random = seededRandom(4);
  const fifo = new Fifo<number>();
  const model: number[] = [];
  for (let step = 0; step < 20_000; step++) {
    // Phases of growth and of decay, so that it is compacted at all lengths.
    if (random.chance(Math.floor(step / 1_000) % 2 === 0 ? 0.7 : 0.3)) {
      fifo.push(step);
      model.push(step);
    } else assertEquals(fifo.shift(), model.shift());
    assertEquals(fifo.length, model.length);
  }
});
