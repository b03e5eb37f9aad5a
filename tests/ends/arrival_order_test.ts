import { assertEquals } from "@std/assert";
import { invocationEnd } from "../../src/ends/mod.ts";
import { recordingLink, virtualClock } from "../../src/testing/mod.ts";
import { seededRandom } from "../seeded_random.ts";

/** Invokes an operation, and gives back what brings it tickets by their numbers and what it has been given. */
async function receiving(maxHeldTickets: number) {
  const clock = virtualClock();
  const recorder = recordingLink();
  const end = invocationEnd({ clock, maxHeldTickets });
  end.joinLink(recorder);
  end.start();
  const payloads: unknown[] = [];
  const operator = { advance: ({ payload }: { readonly payload?: unknown }) => payloads.push(payload) };
  const { context } = end.operate("group", "method", { kind: "full", operator }, { timeout: 1_000, allowance: 1_000 });
  await clock.runMicrotasks();
  const operationId = recorder.accepted[0]?.operationId ?? "none";
  const accept = (...numbers: readonly number[]): void => {
    for (const sequenceNumber of numbers) end.acceptTicket({ operationId, sequenceNumber, payload: sequenceNumber });
  };
  return { accept, payloads, outcome: () => context.outcome()?.kind, [Symbol.asyncDispose]: () => end.stop(0) };
}

Deno.test("S8 tickets that come early wait, and are taken in their order", async () => {
  await using operation = await receiving(4);
  operation.accept(3, 1, 2);
  assertEquals(operation.payloads, []);
  operation.accept(0);
  assertEquals(operation.payloads, [0, 1, 2, 3]);
  operation.accept(4);
  assertEquals([operation.payloads, operation.outcome()], [[0, 1, 2, 3, 4], undefined]);
});

for (const number of [0, 3, -1, 1.5, NaN, Infinity, 2 ** 53]) {
  Deno.test(`S9 the number ${number} breaks the order where 0 was processed and 3 waits`, async () => {
    await using operation = await receiving(4);
    operation.accept(0, 3, number);
    assertEquals([operation.payloads, operation.outcome()], [[0], "reception failure"]);
  });
}

Deno.test("S8 no more tickets wait than may, and the expected one is taken all the same", async () => {
  await using operation = await receiving(2);
  operation.accept(1, 3, 0);
  assertEquals(operation.payloads, [0, 1]);
  operation.accept(Number.MAX_SAFE_INTEGER, 2);
  assertEquals([operation.payloads, operation.outcome()], [[0, 1, 2, 3], undefined]);
  operation.accept(5, 6);
  assertEquals(operation.outcome(), "reception failure");
});

Deno.test("S8 any order is restored", async () => {
  const random = seededRandom(7);
  const inOrder = Array.from({ length: 30 }, (_, index) => index);
  for (let round = 0; round < 50; round++) {
    await using operation = await receiving(30);
    operation.accept(...random.shuffle([...inOrder]));
    assertEquals(operation.payloads, inOrder);
  }
});
