import { assertEquals } from "@std/assert";
import { ArrivalOrder } from "../../src/ends/direction.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { seededRandom } from "../seeded_random.ts";

function ticket(sequenceNumber: number): Ticket {
  return { operationId: 1, sequenceNumber };
}

Deno.test("ArrivalOrder admits tickets that come in order", () => {
  const order = new ArrivalOrder(4);
  for (let number = 0; number < 10; number++) {
    assertEquals([order.expected, order.admit(ticket(number)), order.takeNext()], [number, "next", undefined]);
  }
});

Deno.test("ArrivalOrder holds what comes early and gives it back in order", () => {
  const order = new ArrivalOrder(4);
  assertEquals([3, 1, 2].map((number) => order.admit(ticket(number))), ["held", "held", "held"]);
  assertEquals([order.takeNext(), order.expected], [undefined, 0]);
  assertEquals(order.admit(ticket(0)), "next");
  const taken = [order.takeNext(), order.takeNext(), order.takeNext(), order.takeNext()];
  assertEquals(taken.map((next) => next?.sequenceNumber), [1, 2, 3, undefined]);
  assertEquals(order.expected, 4);
});

Deno.test("ArrivalOrder knows numbers that were processed, that wait, and that are none", () => {
  const order = new ArrivalOrder(4);
  order.admit(ticket(0));
  order.admit(ticket(3));
  for (const number of [0, 3, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertEquals([number, order.admit(ticket(number))], [number, "duplicate"]);
  }
  for (const number of [1, 2, 4, Number.MAX_SAFE_INTEGER]) {
    assertEquals([number, order.isViolation(ticket(number))], [number, false]);
  }
});

Deno.test("ArrivalOrder says of a ticket whether it breaks the order, and keeps nothing", () => {
  const order = new ArrivalOrder(4);
  assertEquals([order.isViolation(ticket(2)), order.isViolation(ticket(2))], [false, false]);
  assertEquals(order.admit(ticket(2)), "held");
  assertEquals(order.isViolation(ticket(2)), true);
});

Deno.test("ArrivalOrder holds no more than it may, and takes the expected one all the same", () => {
  const order = new ArrivalOrder(2);
  assertEquals([1, 3, 5].map((number) => order.admit(ticket(number))), ["held", "held", "overflow"]);
  assertEquals(order.admit(ticket(0)), "next");
  assertEquals(order.takeNext()?.sequenceNumber, 1);
  assertEquals(order.admit(ticket(5)), "held");
  assertEquals(order.admit(ticket(6)), "overflow");
});

Deno.test("ArrivalOrder goes on where tickets have come in order so far", () => {
  const order = new ArrivalOrder(2, 3);
  assertEquals([4, 2, 3].map((number) => order.admit(ticket(number))), ["held", "duplicate", "next"]);
  assertEquals([order.takeNext()?.sequenceNumber, order.expected], [4, 5]);
});

Deno.test("ArrivalOrder restores any order", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 50; round++) {
    const order = new ArrivalOrder(30);
    const processed: number[] = [];
    for (const number of random.shuffle(Array.from({ length: 30 }, (_, index) => index))) {
      if (order.admit(ticket(number)) !== "next") continue;
      processed.push(number);
      for (let next = order.takeNext(); next !== undefined; next = order.takeNext()) {
        processed.push(next.sequenceNumber);
      }
    }
    assertEquals(processed, Array.from({ length: 30 }, (_, index) => index));
  }
});
