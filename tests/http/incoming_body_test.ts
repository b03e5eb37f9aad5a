import { assert, assertEquals } from "@std/assert";
import { IncomingBody } from "../../src/http/exchange/incoming_body.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { FrameFeed } from "./frame_feed.ts";

/** A pump on a body, and everything that it says. */
function bench(): { feed: FrameFeed; pump: IncomingBody; events: string[] } {
  const events: string[] = [];
  const feed = new FrameFeed();
  const pump = new IncomingBody(feed.stream, {
    chunk: (bytes) => events.push(`chunk ${bytes[0]}`),
    ended: () => events.push("ended"),
    failed: (error) => events.push(`failed ${error}`),
  });
  return { feed, pump, events };
}

Deno.test("IncomingBody reads chunks as they come, to the end", async () => {
  const { feed, pump, events } = bench();
  feed.raw(Uint8Array.of(1));
  feed.raw(Uint8Array.of(2));
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2"]);
  feed.close();
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2", "ended"]);
  assert(pump.done);
  assert(!feed.stream.locked);
});

Deno.test("IncomingBody says that reading has failed", async () => {
  const { feed, pump, events } = bench();
  feed.error("reset");
  await nextTurn();
  assertEquals(events, ["failed reset"]);
  assert(pump.done);
});

Deno.test("pause() keeps chunks where they are, resume() reads on", async () => {
  const { feed, pump, events } = bench();
  pump.pause();
  feed.raw(Uint8Array.of(1));
  feed.raw(Uint8Array.of(2));
  await nextTurn();
  // The chunk that was being waited for comes all the same.
  assertEquals(events, ["chunk 1"]);
  assert(pump.paused);
  pump.pause();
  pump.resume();
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2"]);
  pump.resume();
  pump.pause();
  pump.resume();
  feed.raw(Uint8Array.of(3));
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2", "chunk 3"]);
  feed.close();
  await nextTurn();
});

Deno.test("stop() cancels the body and says nothing more", async () => {
  const { feed, pump, events } = bench();
  await nextTurn();
  pump.stop("enough");
  pump.stop("again");
  assertEquals(await feed.cancelled, "enough");
  await nextTurn();
  assertEquals(events, []);
  pump.pause();
  pump.resume();
  assert(!pump.done);
  assert(!feed.stream.locked);
});

Deno.test("stop() wakes up a pump that is paused", async () => {
  const { feed, pump } = bench();
  feed.raw(Uint8Array.of(1));
  pump.pause();
  await nextTurn();
  pump.stop("enough");
  await nextTurn();
  assertEquals(await feed.cancelled, "enough");
  assert(!feed.stream.locked);
});

Deno.test("stop() takes no notice of a source that fails to cancel, nor of an end", async () => {
  const body = new ReadableStream<Uint8Array>({ cancel: () => Promise.reject(new Error("cannot")) });
  const events: string[] = [];
  const pump = new IncomingBody(body, {
    chunk: () => events.push("chunk"),
    ended: () => events.push("ended"),
    failed: () => events.push("failed"),
  });
  pump.stop("enough");
  await nextTurn();
  assertEquals(events, []);
});
