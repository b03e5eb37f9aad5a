import { assert, assertEquals } from "@std/assert";
import { IncomingBody } from "../../src/exchange/incoming_body.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { FrameFeed } from "./frame_feed.ts";

/** A body that is read, and what its receiver is told. */
function bench(): { feed: FrameFeed; body: IncomingBody; events: string[] } {
  const events: string[] = [];
  const feed = new FrameFeed();
  const body = new IncomingBody(feed.stream, {
    chunk: (bytes) => events.push(`chunk ${bytes[0]}`),
    ended: () => events.push("ended"),
    failed: (error) => events.push(`failed ${error}`),
  });
  return { feed, body, events };
}

Deno.test("IncomingBody reads chunks as they come, to the end", async () => {
  const { feed, body, events } = bench();
  feed.raw(Uint8Array.of(1));
  feed.raw(Uint8Array.of(2));
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2"]);
  feed.close();
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2", "ended"]);
  assert(body.done);
  assert(!feed.stream.locked);
});

Deno.test("IncomingBody says that reading has failed", async () => {
  const { feed, body, events } = bench();
  feed.error("reset");
  await nextTurn();
  assertEquals(events, ["failed reset"]);
  assert(body.done);
});

Deno.test("pause() keeps chunks where they are, resume() reads on", async () => {
  const { feed, body, events } = bench();
  body.pause();
  feed.raw(Uint8Array.of(1));
  feed.raw(Uint8Array.of(2));
  await nextTurn();
  // The chunk that was being waited for comes all the same.
  assertEquals(events, ["chunk 1"]);
  assert(body.paused);
  body.pause();
  body.resume();
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2"]);
  body.resume();
  body.pause();
  body.resume();
  feed.raw(Uint8Array.of(3));
  await nextTurn();
  assertEquals(events, ["chunk 1", "chunk 2", "chunk 3"]);
  feed.close();
  await nextTurn();
});

Deno.test("stop() cancels the body and says nothing more", async () => {
  const { feed, body, events } = bench();
  await nextTurn();
  body.stop("enough");
  body.stop("again");
  assertEquals(await feed.cancelled, "enough");
  await nextTurn();
  assertEquals(events, []);
  body.pause();
  body.resume();
  assert(!body.done);
  assert(!feed.stream.locked);
});

Deno.test("stop() wakes up a body that is paused", async () => {
  const { feed, body } = bench();
  feed.raw(Uint8Array.of(1));
  body.pause();
  await nextTurn();
  body.stop("enough");
  await nextTurn();
  assertEquals(await feed.cancelled, "enough");
  assert(!feed.stream.locked);
});

Deno.test("stop() takes no notice of a source that fails to cancel, nor of an end", async () => {
  const stream = new ReadableStream<Uint8Array>({ cancel: () => Promise.reject(new Error("cannot")) });
  const events: string[] = [];
  const body = new IncomingBody(stream, {
    chunk: () => events.push("chunk"),
    ended: () => events.push("ended"),
    failed: () => events.push("failed"),
  });
  body.stop("enough");
  await nextTurn();
  assertEquals(events, []);
});
