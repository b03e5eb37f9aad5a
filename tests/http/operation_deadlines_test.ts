/** S43: an invocation link whose end does not expire an operation does so itself. */
import { assertEquals } from "@std/assert";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import type { Ticket } from "../../src/links/mod.ts";

const EXPIRED = { termination: "expiration" } as const;

for (const exchange of ["single", "duplex", "pair"] as const) {
  test(`S43 invocationLink() answers for a silent server when the timeout has passed, on ${exchange}`, async () => {
    await using bench = new InvocationBench({ exchange });
    bench.mate.open({ timeout: 300, termination: "completion" });
    await bench.server.next();
    await bench.clock.advance(349);
    await bench.mate.expectNothing();
    await bench.clock.advance(1);
    await bench.mate.expectExactly({ ...EXPIRED, sequenceNumber: 0 });
    assertEquals(bench.link.operationCount, 0);
    bench.mate.send(EXPIRED);
    await bench.mate.expectNothing();
  });
}

test("S43 invocationLink() tells the server of an operation that it expires", async () => {
  await using bench = new InvocationBench();
  bench.mate.open({ timeout: 300 });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1, timeout: 300 });
  exchange.sends.send({ operation: 1, payload: "some" });
  await bench.mate.expectTicket({ sequenceNumber: 0, payload: "some" });
  await bench.clock.advance(350);
  await exchange.gets.expectExactly({ operation: 1, ...EXPIRED });
  await bench.mate.expectExactly({ ...EXPIRED, sequenceNumber: 1 });
});

test("S26, S43 invocationLink() gives an operation as long as its end has ever asked for", async () => {
  await using bench = new InvocationBench();
  bench.mate.open({ timeout: 300 });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1, timeout: 300 });
  bench.mate.send({ timeout: 1_000 });
  bench.mate.send({ timeout: 200 });
  await bench.clock.advance(1_049);
  await bench.mate.expectNothing();
  await bench.clock.advance(50);
  await bench.mate.expectTicket(EXPIRED);
});

test("S43 invocationLink() leaves an operation alone that its end has expired, and keeps no timer", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  bench.mate.open({ timeout: 300, termination: "completion" });
  await bench.server.next();
  await bench.clock.advance(300);
  bench.mate.send(EXPIRED);
  assertEquals([bench.link.operationCount, bench.clock.pendingTimers], [0, 0]);
  await bench.clock.advance(1_000);
  await bench.mate.expectNothing();
});

test("S43 invocationLink() leaves deadlines to a peer link that keeps them", async () => {
  await using bench = new InvocationBench();
  const heard: Ticket[] = [];
  bench.link.joinLink({ keepsDeadlines: true, acceptTicket: (ticket) => heard.push(ticket), joinLink() {} });
  bench.mate.open({ timeout: 300 });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1, timeout: 300 });
  await bench.clock.advance(1_000);
  assertEquals([heard, bench.link.operationCount], [[], 1]);
});
