import { assert, assertEquals } from "@std/assert";
import type { Side } from "../../src/exchange/exchange_operation.ts";
import { OutgoingBody } from "../../src/exchange/outgoing_body.ts";
import { OutgoingChunks } from "../../src/exchange/outgoing_chunks.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { FrameWriter } from "../../src/wire/mod.ts";
import { FrameLog } from "./frame_log.ts";

/** A body and everything that it says to its exchange. */
function bench(maxBufferedBytes = 1_000, side: Side = "invocation"): {
  writer: FrameWriter;
  stream: ReadableStream<Uint8Array>;
  body: OutgoingChunks;
  events: string[];
  write(value: number): void;
} {
  const events: string[] = [];
  const writer = new FrameWriter();
  const sink = new OutgoingBody(side);
  const body = new OutgoingChunks(writer, maxBufferedBytes, sink, {
    pulled: () => events.push("pulled"),
    handedOver: (bytes) => events.push(`handed over ${bytes}`),
    overflowed: (bytes) => events.push(`overflowed ${bytes}`),
    finished: () => events.push("finished"),
    cancelled: (reason) => events.push(`cancelled ${reason}`),
  });
  const write = (value: number): void => {
    writer.writeControl({ kind: "ping", value });
    body.written();
  };
  return { writer, stream: sink.stream, body, events, write };
}

Deno.test("OutgoingBody hands over nothing that is not asked for", async () => {
  const { stream, events, write } = bench();
  write(1);
  write(2);
  await nextTurn();
  assertEquals(events, []);
  const log = new FrameLog(stream);
  await log.expectExactly({ kind: "ping", value: 1 });
  await log.expectExactly({ kind: "ping", value: 2 });
  assertEquals(log.chunks, 1);
  assertEquals(events, ["pulled", "handed over 12"]);
});

Deno.test("OutgoingBody hands over one chunk for each stretch of code", async () => {
  const { stream, events, write } = bench();
  const log = new FrameLog(stream);
  await log.expectNothing();
  for (let stretch = 1; stretch <= 3; stretch++) {
    for (let value = 0; value < 10; value++) write(value);
    for (let value = 0; value < 10; value++) await log.expectExactly({ kind: "ping", value });
    assertEquals(log.chunks, stretch);
    await log.expectNothing();
  }
  assertEquals(events.filter((event) => event === "pulled").length, 4);
});

Deno.test("OutgoingBody makes one chunk of what an async generator says in one go", async () => {
  const { stream, write } = bench();
  const log = new FrameLog(stream);
  await log.expectNothing();
  const values = async function* (): AsyncGenerator<number> {
    for (let value = 0; value < 50; value++) yield value;
  };
  for await (const value of values()) write(value);
  for (let value = 0; value < 50; value++) await log.expectExactly({ kind: "ping", value });
  assertEquals(log.chunks, 1);
});

Deno.test("OutgoingBody does not wait for a timer", async () => {
  const { stream, write } = bench();
  const log = new FrameLog(stream);
  await log.expectNothing();
  write(1);
  for (let microtasks = 0; microtasks < 20; microtasks++) await Promise.resolve();
  assertEquals(log.chunks, 1);
});

Deno.test("OutgoingBody hands over a first chunk when a stretch of code has written much", async () => {
  const { writer, stream, body, events } = bench(1_000_000);
  const log = new FrameLog(stream);
  await log.expectNothing();
  for (let i = 0; i < 10; i++) {
    writer.writeTicket(1, undefined, { operationId: 1, sequenceNumber: 0, payload: new Uint8Array(10_000) });
    body.written();
  }
  assertEquals(events.length, 2);
  assertEquals(writer.byteLength, 3 * 10_008);
  for (let i = 0; i < 10; i++) await log.expect({ operation: 1 });
  assertEquals(log.chunks, 2);
});

/** Writes this many megabytes, in payloads that are their numbers. */
function writeMegabytes(writer: FrameWriter, body: OutgoingChunks, count: number): void {
  for (let i = 0; i < count * 10; i++) {
    const payload = new Uint8Array(100_000).fill(i);
    writer.writeTicket(1, undefined, { operationId: 1, sequenceNumber: 0, payload });
    body.written();
  }
}

Deno.test("OutgoingChunks sets aside what waits in blocks of a mebibyte, and hands them over in order", async () => {
  const { writer, stream, body, events } = bench(10_000_000);
  writeMegabytes(writer, body, 5);
  assertEquals(body.waitingBytes, 50 * 100_012);
  assert(writer.openBytes < 1_048_576);
  const log = new FrameLog(stream);
  for (let i = 0; i < 50; i++) await log.expect({ operation: 1, payload: new Uint8Array(100_000).fill(i) });
  assertEquals([log.chunks, body.waitingBytes], [5, 0]);
  assertEquals(events.filter((event) => event === "handed over 1100132").length, 4);
});

Deno.test("close() ends a body after all that has been set aside", async () => {
  const { writer, stream, body, events } = bench(10_000_000);
  writeMegabytes(writer, body, 3);
  body.close();
  assertEquals((await new FrameLog(stream).rest()).length, 30);
  assertEquals([body.waitingBytes, body.done, events.at(-1)], [0, true, "finished"]);
  assertEquals(events.filter((event) => event === "finished").length, 1);
});

Deno.test("OutgoingChunks counts what is set aside, and drops it when it is cut", async () => {
  const { writer, body, events } = bench(3_000_000);
  writeMegabytes(writer, body, 3);
  assert(body.full);
  await nextTurn();
  assertEquals(events, [`overflowed ${30 * 100_012}`]);
  body.cut(new Error("over"));
  assertEquals(body.waitingBytes, 0);
});

Deno.test("OutgoingBody says once a stretch that more waits than may", async () => {
  const { body, events, write } = bench(12);
  for (let value = 0; value < 4; value++) write(value);
  assert(body.full);
  assertEquals(events, []);
  await nextTurn();
  assertEquals(events, ["overflowed 24"]);
});

Deno.test("close() ends the body after what is written", async () => {
  const { stream, body, events, write } = bench();
  write(1);
  body.close();
  body.close();
  assertEquals(body.done, false);
  const log = new FrameLog(stream);
  assertEquals(await log.rest(), [{ kind: "ping", value: 1 }]);
  assertEquals(events, ["pulled", "handed over 6", "finished"]);
  assert(body.done);
});

Deno.test("close() ends a body at once that has nothing to say, and one that is waited for", async () => {
  const silent = bench();
  silent.body.close();
  assertEquals(silent.events, ["finished"]);
  assertEquals(await new FrameLog(silent.stream).rest(), []);

  const waited = bench();
  const log = new FrameLog(waited.stream);
  await log.expectNothing();
  waited.write(1);
  waited.body.close();
  assertEquals(waited.events, ["pulled", "handed over 6", "finished"]);
  assertEquals(await log.rest(), [{ kind: "ping", value: 1 }]);
});

Deno.test("cut() breaks a request off and drops what is written", async () => {
  const { writer, stream, body, events, write } = bench();
  const log = new FrameLog(stream);
  await log.expectNothing();
  write(1);
  body.cut(new Error("over"));
  body.cut(new Error("again"));
  body.close();
  assertEquals(writer.byteLength, 0);
  assertEquals(String(await log.failure()), "Error: over");
  assertEquals(events, ["pulled"]);
});

Deno.test("cut() ends a request that is not read yet, so that its cancellation does not reject", async () => {
  const { stream, body, events, write } = bench();
  write(1);
  body.cut(new Error("over"));
  await stream.cancel();
  assertEquals(events, []);
});

Deno.test("cut() ends a response at once and drops what is written", async () => {
  const { stream, body, events, write } = bench(1_000, "service");
  write(1);
  body.cut(new Error("over"));
  assertEquals(await new FrameLog(stream).rest(), []);
  assertEquals(events, []);
});

Deno.test("OutgoingBody says that it is cancelled, once, and drops what is written", async () => {
  const { writer, stream, body, events, write } = bench();
  write(1);
  await stream.cancel("enough");
  assertEquals(events, ["cancelled enough"]);
  assertEquals(writer.byteLength, 0);
  body.close();
  body.cut(new Error("late"));
  write(2);
  await nextTurn();
  assertEquals(events, ["cancelled enough"]);
});

Deno.test("OutgoingBody aborts a request before its body breaks off, not after", async () => {
  const events: string[] = [];
  const abort = new AbortController();
  const sink = new OutgoingBody("invocation", { breakingOff: () => abort.abort() });
  abort.signal.addEventListener("abort", () => {
    events.push("aborted");
    // As Node's `fetch` does, which nobody can catch if the body has broken off.
    void reader.cancel("given up").then(() => events.push("cancelled"));
  });
  sink.open({ pull: () => {}, cancel: () => {} });
  const reader = sink.stream.getReader();
  const read = reader.read(); // one that nobody reads yet ends, and breaks off never
  await nextTurn();
  sink.cut(new Error("lost"));
  await nextTurn();
  assertEquals([events, await read], [["aborted", "cancelled"], { done: true, value: undefined }]);
});

Deno.test("OutgoingBody lets what is said on a pull leave with it", async () => {
  const writer = new FrameWriter();
  let pulls = 0;
  const sink = new OutgoingBody("service");
  const body: OutgoingChunks = new OutgoingChunks(writer, 1_000, sink, {
    pulled: () => {
      pulls += 1;
      writer.writeControl({ kind: "ping", value: pulls });
      body.written();
    },
    handedOver: () => {},
    overflowed: () => {},
    finished: () => {},
    cancelled: () => {},
  });
  const log = new FrameLog(sink.stream);
  await log.expectExactly({ kind: "ping", value: 1 });
  await log.expectExactly({ kind: "ping", value: 2 });
  assertEquals(log.chunks, 2);
  assert(!body.done);
});
