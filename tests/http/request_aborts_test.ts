import { assertEquals } from "@std/assert";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { MEDIA_TYPE } from "../../src/wire/mod.ts";
import { InvocationBench } from "./bench.ts";
import type { ScriptedExchange } from "./scripted_server.ts";

/** Begins operations whose requests are on their way, and gives all of them up at once. */
async function giveUp(bench: InvocationBench, count: number): Promise<ScriptedExchange[]> {
  const ids = Array.from({ length: count }, () => bench.mate.open({ termination: "completion" }));
  const requests: ScriptedExchange[] = [];
  for (let i = 0; i < count; i++) requests.push(await bench.server.next());
  for (const operationId of ids) bench.mate.send({ operationId, termination: "cancellation" });
  assertEquals([bench.link.operationCount, bench.link.exchangeCount], [0, 0]);
  return requests;
}

function abortedOf(requests: readonly ScriptedExchange[]): number {
  return requests.filter(({ signal }) => signal?.aborted).length;
}

test("P7.15 invocationLink() resets no more than 16 unanswered requests a second, as servers take more for an attack", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  const requests = await giveUp(bench, 20);
  assertEquals(abortedOf(requests), 16);
  // Those that are answered are closed then.
  const [first, second, ...others] = requests.slice(16);
  for (const request of [first, second]) {
    request!.accept();
    await request!.sends.cancelled;
  }
  await bench.clock.advance(999);
  assertEquals(others.map(({ signal }) => signal?.aborted), [false, false]);
  await bench.clock.advance(1);
  assertEquals([abortedOf(requests), bench.clock.pendingTimers], [18, 0]);
  assertEquals(abortedOf(await giveUp(bench, 3)), 3);
});

test("P7.15 close() resolves when the requests that were given up are answered or reset", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  const [answered] = (await giveUp(bench, 18)).slice(16);
  let isClosed = false;
  const closed = bench.link.close().then(() => isClosed = true);
  answered!.accept();
  await answered!.sends.cancelled;
  await bench.clock.advance(999);
  assertEquals(isClosed, false);
  await bench.clock.advance(1);
  await closed;
});

test("P7.15 invocationLink() takes a short answer that comes too late, so that its connection is free", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  const [late] = (await giveUp(bench, 17)).slice(16);
  let isTaken = false;
  const body = new ReadableStream({
    pull: (controller) => {
      isTaken = true;
      controller.close();
    },
  }, { highWaterMark: 0 });
  late!.respond(body, { headers: { "content-type": MEDIA_TYPE, "content-length": "20" } });
  await nextTurn();
  assertEquals(isTaken, true);
});

test("P7.15 invocationLink() drops a request that has not left, whatever else it gives up", async () => {
  let sent = 0;
  const never = new Promise<HeadersInit>(() => {});
  await using bench = new InvocationBench({ exchange: "single", headers: () => sent++ < 20 ? {} : never });
  await giveUp(bench, 20);
  const operationId = bench.mate.open({ termination: "completion" });
  await nextTurn();
  bench.mate.send({ operationId, termination: "cancellation" });
  await bench.server.expectNothing();
  await bench.clock.advance(1_000);
});
