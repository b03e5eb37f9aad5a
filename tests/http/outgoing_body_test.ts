import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Side } from "../../src/exchange/exchange_operation.ts";
import { OutgoingBody } from "../../src/exchange/outgoing_body.ts";
import { OutgoingChunks } from "../../src/exchange/outgoing_chunks.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { FrameWriter } from "../../src/wire/mod.ts";
import { FrameLog } from "./frame_log.ts";

/** A body and everything that it says to its exchange. */
function bench(side: Side = "invocation"): {
  writer: FrameWriter;
  stream: ReadableStream<Uint8Array>;
  sink: OutgoingBody;
  body: OutgoingChunks;
  events: string[];
  write(value: number): void;
} {
  const events: string[] = [];
  const writer = new FrameWriter();
  const sink = new OutgoingBody(side, (reason) => new Error(`cancelled ${reason}`));
  const transport = { send: (chunk: Uint8Array) => sink.send(chunk) };
  const body = new OutgoingChunks(writer, transport, {
    pulled: () => events.push("pulled"),
    handedOver: (bytes) => events.push(`handed over ${bytes}`),
    finished: () => {
      sink.end();
      events.push("finished");
    },
    cancelled: (reason) => events.push(String(reason)),
  });
  const write = (value: number): void => {
    writer.writeControl({ kind: "ping", value });
    body.written();
  };
  return { writer, stream: sink.stream, sink, body, events, write };
}

Deno.test("OutgoingChunks sends one chunk, and the next when it is taken and another one is asked for", async () => {
  const { stream, events, write } = bench();
  write(1);
  write(2);
  await nextTurn();
  write(3);
  await nextTurn();
  write(4);
  await nextTurn();
  assertEquals(events, ["handed over 12"]);
  const log = new FrameLog(stream);
  await log.expectExactly({ kind: "ping", value: 1 });
  await log.expectExactly({ kind: "ping", value: 2 });
  assertEquals([log.chunks, events], [1, ["handed over 12"]]);
  await log.expectExactly({ kind: "ping", value: 3 });
  await log.expectExactly({ kind: "ping", value: 4 });
  assertEquals([log.chunks, events], [2, ["handed over 12", "pulled", "handed over 12"]]);
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
  assertEquals(events.filter((event) => event === "pulled").length, 3);
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
  const chunksByThen = new Promise((resolve) => setTimeout(() => resolve(log.chunks), 0));
  write(1);
  assertEquals(await chunksByThen, 1);
});

Deno.test("OutgoingBody hands over a first chunk when a stretch of code has written much", async () => {
  const { writer, stream, body, events } = bench();
  const log = new FrameLog(stream);
  for (let i = 0; i < 10; i++) {
    writer.writeTicket(1, undefined, { operationId: 1, sequenceNumber: 0, payload: new Uint8Array(10_000) });
    body.written();
  }
  assertEquals(events, [`handed over ${7 * 10_008}`]);
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

/** As {@linkcode bench}, but the body has a chunk already that is not taken. */
async function fullBench(): Promise<ReturnType<typeof bench>> {
  const filled = bench();
  filled.write(0);
  await nextTurn();
  assertEquals(filled.events.splice(0), ["handed over 6"]);
  return filled;
}

Deno.test("OutgoingChunks sets aside what waits in blocks of a mebibyte, and hands them over in order", async () => {
  const { writer, stream, body, events } = await fullBench();
  writeMegabytes(writer, body, 5);
  assertEquals(body.waitingBytes, 50 * 100_012);
  assert(writer.openBytes < 1_048_576);
  const log = new FrameLog(stream);
  await log.expect({ kind: "ping" });
  for (let i = 0; i < 50; i++) await log.expect({ operation: 1, payload: new Uint8Array(100_000).fill(i) });
  assertEquals([log.chunks, body.waitingBytes], [6, 0]);
  assertEquals(events.filter((event) => event === "handed over 1100132").length, 4);
});

Deno.test("close() ends a body after all that has been set aside", async () => {
  const { writer, stream, body, events } = await fullBench();
  writeMegabytes(writer, body, 3);
  body.close();
  assertEquals((await new FrameLog(stream).rest()).length, 31);
  assertEquals([body.waitingBytes, body.done, events.at(-1)], [0, true, "finished"]);
  assertEquals(events.filter((event) => event === "finished").length, 1);
});

Deno.test("OutgoingChunks counts what is set aside, and drops it when it is stopped", async () => {
  const { writer, body } = await fullBench();
  writeMegabytes(writer, body, 3);
  assertEquals(body.waitingBytes, 30 * 100_012);
  body.stop();
  assertEquals([body.waitingBytes, body.done, body.ended], [0, true, false]);
});

Deno.test("close() ends the body after what is written, when there is room for it", async () => {
  const { stream, body, events, write } = await fullBench();
  write(1);
  body.close();
  body.close();
  assertEquals([body.done, events], [false, []]);
  const log = new FrameLog(stream);
  assertEquals(await log.rest(), [{ kind: "ping", value: 0 }, { kind: "ping", value: 1 }]);
  assertEquals(events, ["pulled", "handed over 6", "finished"]);
  assert(body.ended);
});

Deno.test("close() ends a body at once that has nothing to say, or room for the rest", async () => {
  const silent = bench();
  silent.body.close();
  assertEquals(silent.events, ["finished"]);
  assertEquals(await new FrameLog(silent.stream).rest(), []);

  const roomy = bench();
  roomy.write(1);
  roomy.body.close();
  assertEquals(roomy.events, ["handed over 6", "finished"]);
  assertEquals(await new FrameLog(roomy.stream).rest(), [{ kind: "ping", value: 1 }]);
});

Deno.test("cut() breaks a request off that is being read", async () => {
  const { stream, sink } = bench();
  const log = new FrameLog(stream);
  await log.expectNothing();
  sink.cut(new Error("over"));
  sink.cut(new Error("again"));
  assertEquals(String(await log.failure()), "Error: over");
});

Deno.test("cut() breaks a request off whose first chunk has been taken, and rejects what is being sent", async () => {
  const { stream, sink } = bench();
  const sent = sink.send(Uint8Array.of(1));
  const reader = stream.getReader();
  assertEquals((await reader.read()).value, Uint8Array.of(1));
  sink.cut(new Error("over"));
  await assertRejects(() => sent, Error, "over");
  await assertRejects(() => reader.read(), Error, "over");
});

Deno.test("cut() ends a request that is not read yet, so that its cancellation does not reject", async () => {
  const { stream, sink } = bench();
  const sent = sink.send(Uint8Array.of(1));
  sink.cut(new Error("over"));
  await assertRejects(() => sent, Error, "over");
  await stream.cancel();
});

Deno.test("cut() ends a response at once", async () => {
  const { stream, sink, events } = bench("service");
  const log = new FrameLog(stream);
  await log.expectNothing();
  sink.cut(new Error("over"));
  assertEquals([await log.rest(), events], [[], []]);
});

Deno.test("OutgoingChunks says that its body is cancelled, once, and drops what is written", async () => {
  const { writer, stream, body, events, write } = await fullBench();
  write(1);
  await stream.cancel("enough");
  await nextTurn();
  assertEquals(events, ["Error: cancelled enough"]);
  assertEquals(writer.byteLength, 0);
  body.close();
  body.stop();
  write(2);
  await nextTurn();
  assertEquals([events.length, body.ended], [1, false]);
});

Deno.test("OutgoingBody rejects what is sent when it is over", async () => {
  const { stream, sink } = bench();
  await stream.cancel("enough");
  await assertRejects(() => sink.send(Uint8Array.of(1)), Error, "The body is over");
});

Deno.test("OutgoingBody lets what is said on a pull leave with it", async () => {
  const writer = new FrameWriter();
  let pulls = 0;
  const sink = new OutgoingBody("service", () => new Error("cancelled"));
  const transport = { send: (chunk: Uint8Array) => sink.send(chunk) };
  const body: OutgoingChunks = new OutgoingChunks(writer, transport, {
    pulled: () => {
      pulls += 1;
      writer.writeControl({ kind: "ping", value: pulls });
      body.written();
    },
    handedOver: () => {},
    finished: () => {},
    cancelled: () => {},
  });
  writer.writeControl({ kind: "ping", value: 0 });
  body.written();
  const log = new FrameLog(sink.stream);
  for (let value = 0; value < 3; value++) await log.expectExactly({ kind: "ping", value });
  assertEquals(log.chunks, 3);
  assert(!body.done);
});
