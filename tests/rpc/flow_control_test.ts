import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks, type Link, servicer } from "../../src/links/mod.ts";
import {
  bidiStreaming,
  bytesSerializer,
  clientStreaming,
  createClient,
  defineService,
  implement,
  serverStreaming,
} from "../../mod.ts";
import { faultyLink, memoryLinkPair, scriptedPeer, virtualClock } from "../../src/testing/mod.ts";
import { Endless, Probe, probe, untilAborted } from "./_probe.ts";
import { collect, serving, settled } from "./_serving.ts";

const CHUNK = new Uint8Array(65_536);
const MAX_HELD_BYTES = 4 * 1024 * 1024;

const Bulk = defineService("test.Bulk", {
  download: serverStreaming<void, Uint8Array>({ outputSerializer: bytesSerializer }),
  upload: clientStreaming<Uint8Array, number>({ inputSerializer: bytesSerializer }),
});

/** Counts what a producer has handed over and its consumer has not taken. */
class Held {
  count = 0;
  peak = 0;

  *produce(messages: number): Generator<Uint8Array> {
    for (let i = 0; i < messages; i++) {
      this.count += 1;
      this.peak = Math.max(this.peak, this.count);
      yield CHUNK;
    }
  }

  async consume(messages: AsyncIterable<Uint8Array>, clock: Clock): Promise<number> {
    let taken = 0;
    for await (const _ of messages) {
      this.count -= 1;
      taken += 1;
      await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
    }
    return taken;
  }
}

/** A wire that takes a while in each direction. */
function slowWire(clock: Clock, delayMs: number): { invocation: Link; service: Link } {
  const pair = memoryLinkPair();
  const slow = { delay: () => delayMs };
  return { invocation: faultyLink(pair.invocation, { clock, accepted: slow, emitted: slow }), service: pair.service };
}

for (const delayMs of [0, 40]) {
  Deno.test(`S17 a slow consumer of 64 KiB responses holds at most 4 MiB, over a wire of ${delayMs} ms`, async () => {
    const clock = virtualClock();
    const held = new Held();
    const bulk = implement(Bulk, { download: () => held.produce(400), upload: () => 0 });
    await using service = serving(bulk, { ends: { clock }, between: slowWire(clock, delayMs) });
    const taken = held.consume(createClient(Bulk, service.end).download(), clock);
    await clock.advance(4_500);
    assertEquals(await taken, 400);
    assertLessOrEqual(held.peak * CHUNK.byteLength, MAX_HELD_BYTES);
    assertGreater(held.peak, 1);
  });

  Deno.test(`S17 a slow consumer of 64 KiB requests holds at most 4 MiB, over a wire of ${delayMs} ms`, async () => {
    const clock = virtualClock();
    const held = new Held();
    const bulk = implement(Bulk, { download: () => [], upload: (chunks) => held.consume(chunks, clock) });
    await using service = serving(bulk, { ends: { clock }, between: slowWire(clock, delayMs) });
    const taken = createClient(Bulk, service.end).upload(held.produce(400));
    await clock.advance(4_500);
    assertEquals(await taken, 400);
    assertLessOrEqual(held.peak * CHUNK.byteLength, MAX_HELD_BYTES);
    assertGreater(held.peak, 1);
  });
}

Deno.test("S17 small messages both ways are not limited by round trips", async () => {
  const clock = virtualClock();
  const Echo = defineService("test.Echo", { each: bidiStreaming<number, number>() });
  const echo = implement(Echo, { each: (numbers) => numbers });
  await using service = serving(echo, { ends: { clock }, between: slowWire(clock, 50) });
  const messages = 5_000;
  let endedMs = Infinity;
  const all = collect(createClient(Echo, service.end).each(Array.from({ length: messages }, (_, i) => i)));
  all.then(() => endedMs = clock.now(), () => {});
  await clock.advance(3_000);
  assertEquals((await all).length, messages);
  // A message a round trip would take 500 s; windows that double fill the wire within a few round trips.
  assertLess(endedMs, 2_000);
});

Deno.test("S19 a producer whose consumer takes nothing is asked for no more than the window and one message", async () => {
  const source = new Endless();
  await using service = serving(probe({ both: () => source }));
  await using _stream = createClient(Probe, service.end).both([]);
  await settled();
  assertEquals(source.asked, 17);
});

Deno.test("S19 a caller's generator whose handler takes nothing is asked for no more than the window and one message", async () => {
  const source = new Endless();
  await using service = serving(probe({ fold: (_numbers, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).fold(source, { signal: controller.signal });
  await settled();
  assertEquals(source.asked, 17);
  controller.abort();
  await call.catch(() => {});
});

Deno.test("S19 a pause of the consumer pauses the producer from end to end", async () => {
  const source = new Endless();
  await using service = serving(probe({ many: () => source }));
  await using stream = createClient(Probe, service.end).many(0);
  for (let i = 0; i < 100; i++) await stream.next();
  await settled();
  const asked = source.asked;
  await settled();
  assertEquals([source.asked, asked - 100 <= 1_025], [asked, true]);
});

Deno.test("S17 window options are what the window is held to", async () => {
  const source = new Endless();
  await using service = serving(probe({ both: () => source }));
  const flow = { initialWindowPayloads: 2, maxWindowPayloads: 3 };
  await using stream = createClient(Probe, service.end, { flow }).both([]);
  await settled();
  assertEquals(source.asked, 3);
  for (let i = 0; i < 10; i++) await stream.next();
  await settled();
  assertLessOrEqual(source.asked, 14);
});

Deno.test("S17 a window of one payload grants nothing at first", async () => {
  const source = new Endless();
  await using service = serving(probe({ both: () => source }));
  await using stream = createClient(Probe, service.end, { flow: { maxWindowPayloads: 1 } }).both([]);
  await settled();
  assertEquals([source.asked, await stream.next()], [2, { done: false, value: 0 }]);
  await settled();
  assertEquals(source.asked, 3);
});

Deno.test("S17 grants are few: one for many payloads", async () => {
  await using service = serving(probe({ many: (n) => Array.from({ length: n }, (_, i) => i) }));
  let grants = 0;
  const counting: Link = {
    acceptTicket(ticket) {
      if (ticket.allowance !== undefined) grants += 1;
      service.service.acceptTicket(ticket);
    },
    joinLink() {},
  };
  service.end.joinLink(counting);
  assertEquals((await collect(createClient(Probe, service.end).many(10_000))).length, 10_000);
  assertLess(grants, 40);
});

Deno.test("S19 an allowance beyond all measure keeps nothing else from its turn", async () => {
  const source = new Endless();
  const end = serviceEnd(servicer(probe({ many: () => source })));
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  peer.open({
    group: "test.Probe",
    method: "many",
    payload: new Uint8Array([1]),
    allowance: 1_000_000_000,
    termination: "completion",
  });
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  peer.send({ termination: "cancellation" });
  const asked = source.asked;
  await Promise.resolve();
  assert(source.closed);
  assertGreater(asked, 1_000);
  assertLess(asked, 100_000);
  await end.stop(0);
});
