/** P6.5: little is sent before the server has said what it takes, unless that is remembered. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import { encode, type WireTicket } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import type { ScriptedExchange } from "./scripted_server.ts";

const SMALL = new Uint8Array(900);
const LARGE = new Uint8Array(2_000).fill(2);
const EARLY_BYTES = 65_536;
const EARLY_FRAME_BYTES = 1_024;

/** Everything that a client says before it hears anything. */
async function early({ body }: ScriptedExchange): Promise<{ lengths: number[]; gets: FrameLog }> {
  assert(body instanceof ReadableStream);
  const lengths: number[] = [];
  const [read, kept] = body.tee();
  const reader = read.getReader();
  const pump = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      lengths.push(value.length);
    }
  };
  pump().catch(() => {});
  await nextTurn();
  await nextTurn();
  return { lengths: [...lengths], gets: new FrameLog(kept) };
}

test("P6.5 invocationLink() sends at most 65,536 bytes before the server's hello, and no frame above 1,024", async () => {
  await using bench = new InvocationBench();
  const ids = Array.from({ length: 100 }, (_, i) => bench.mate.open({ payload: i % 10 === 9 ? LARGE : SMALL }));
  const exchange = await bench.server.next();
  const { lengths, gets } = await early(exchange);
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  assert(bytes > EARLY_BYTES / 2 && bytes <= EARLY_BYTES, `${bytes} bytes were sent`);
  exchange.accept();
  await gets.expect({ kind: "hello" });
  const payloads: number[] = [];
  const frames = await collect(gets, ids.length);
  for (const { payload } of frames) payloads.push((payload as Uint8Array).length);
  assertEquals(payloads.filter((length) => length === LARGE.length).length, 10);
  const before = frames.filter(({ payload }) => (payload as Uint8Array).length === SMALL.length).slice(0, 60);
  for (const frame of before) assert(encode(frame).length <= EARLY_FRAME_BYTES);
  for (const operationId of ids) bench.mate.send({ operationId, termination: "cancellation" });
});

async function collect(gets: FrameLog, count: number): Promise<WireTicket[]> {
  const frames: WireTicket[] = [];
  for (let i = 0; i < count; i++) {
    const frame = await gets.next();
    assert("operation" in frame);
    frames.push(frame);
  }
  return frames;
}

test("P6.5 invocationLink() lets what is small overtake a call that is too large before the hello", async () => {
  await using bench = new InvocationBench();
  const large = bench.mate.open({ method: "large", payload: LARGE });
  const small = bench.mate.open({ method: "small", payload: SMALL });
  const exchange = await bench.server.next();
  await exchange.gets.expect({ kind: "hello" });
  const first = await exchange.gets.expect({ method: "small" });
  await exchange.gets.expectNothing();
  exchange.accept();
  const second = await exchange.gets.expect({ method: "large", payload: LARGE });
  assert("operation" in first && "operation" in second && first.operation < second.operation);
  for (const operationId of [large, small]) bench.mate.send({ operationId, termination: "cancellation" });
});

test("P6.5 invocationLink() sends later payloads of a call that are too large when the hello has come", async () => {
  await using bench = new InvocationBench();
  bench.mate.open();
  bench.mate.send({ payload: LARGE });
  bench.mate.send({ payload: SMALL, termination: "completion" });
  const exchange = await bench.server.next();
  await exchange.gets.expect({ kind: "hello" });
  await exchange.gets.expect({ operation: 1 });
  await exchange.gets.expectNothing();
  exchange.accept();
  await exchange.gets.expect({ operation: 1, payload: LARGE });
  await exchange.gets.expect({ operation: 1, payload: SMALL, termination: "completion" });
  bench.mate.send({ termination: "cancellation" });
});

test("P6.5, S22 a call that waits for the hello can be cancelled, and the server never hears of it", async () => {
  await using bench = new InvocationBench();
  const other = bench.mate.open({ method: "other" });
  const operationId = bench.mate.open({ method: "large", payload: LARGE });
  bench.mate.send({ operationId, termination: "cancellation" });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ method: "other" });
  await exchange.gets.expectNothing();
  assertEquals(bench.link.operationCount, 1);
  bench.mate.send({ operationId: other, termination: "cancellation" });
});

for (
  const [how, maxFrameBytes] of [["is over with its first ticket", 100_000], [
    "is above the server's limit",
    1_500,
  ]] as const
) {
  test(`P6.5, P9.7 invocationLink() ends an exchange whose one call waited for the hello and ${how}`, async () => {
    await using bench = new InvocationBench();
    bench.mate.open({ subscription: "none", payload: LARGE, termination: "completion" });
    const exchange = await bench.server.accept({ maxFrameBytes });
    if (maxFrameBytes > LARGE.length) await exchange.gets.expect({ operation: 1, payload: LARGE });
    else await bench.mate.expectTicket({ termination: "transmission failure" });
    await exchange.gets.expectNothing();
    await bench.clock.advance(1_000);
    await exchange.gets.expectExactly({ kind: "end" });
    exchange.finish();
    await bench.clock.runMicrotasks();
    assertEquals(bench.link.exchangeCount, 0);
  });
}

test("P6.5 invocationLink() fails the one call that is above the server's limit, and no other", async () => {
  await using bench = new InvocationBench();
  const large = bench.mate.open({ method: "large", payload: new Uint8Array(3_000) });
  const opened = [
    bench.mate.open({ method: "small", payload: SMALL }),
    bench.mate.open({ method: "mid", payload: LARGE }),
  ];
  const exchange = await bench.server.accept({ maxFrameBytes: 2_500 });
  await exchange.gets.expect({ method: "small" });
  const { code, message } = await bench.mate.expectTicket({ operationId: large, termination: "transmission failure" });
  assertEquals(code, "resource_exhausted");
  assertStringIncludes(String(message), "above 2500");
  await exchange.gets.expect({ method: "mid" });
  for (const _ of [1, 2]) bench.mate.send({ operationId: opened.pop()!, termination: "cancellation" });
});

test("P6.5 invocationLink() takes a server whose hello names no limit for one that accepts 4,194,304 bytes", async () => {
  await using bench = new InvocationBench({ limits: { maxFrameBytes: 2_500 } });
  const payload = new Uint8Array(3_000);
  bench.mate.open({ payload });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1, payload });
  bench.mate.send({ termination: "cancellation" });
});

/** Opens an exchange with a call, and ends both in good order. */
async function visit(bench: InvocationBench, hello: Parameters<ScriptedExchange["accept"]>[0]): Promise<void> {
  const operationId = bench.mate.open();
  const exchange = await bench.server.accept(hello);
  await exchange.gets.expect({ operation: 1 });
  bench.mate.send({ operationId, termination: "cancellation" });
  await exchange.gets.expect({ termination: "cancellation" });
  await bench.clock.advance(1_000);
  await exchange.gets.expect({ kind: "end" });
  exchange.finish();
  await bench.clock.runMicrotasks();
  assertEquals(bench.link.exchangeCount, 0);
}

for (const [what, hello] of [["names it", { maxFrameBytes: 100_000 }], ["names none", {}]] as const) {
  test(`P6.5 invocationLink() remembers for the origin what a server takes that ${what}`, async () => {
    await using bench = new InvocationBench();
    await visit(bench, hello);
    const payload = new Uint8Array(50_000).fill(5);
    const operationId = bench.mate.open({ payload });
    const exchange = await bench.server.next();
    await exchange.gets.expect({ kind: "hello" });
    await exchange.gets.expect({ operation: 1, payload });
    exchange.accept(hello);
    bench.mate.send({ operationId, termination: "cancellation" });
  });
}

test("P6.5, P9.11, P9.20 invocationLink() remembers the window and the places of an origin, until an exchange fails", async () => {
  await using bench = new InvocationBench();
  const hello = { windowBytes: 1_000, maxOperations: 2 } as const;
  await visit(bench, hello);
  const ids = [1, 2, 3].map(() => bench.mate.open());
  bench.mate.send({ operationId: ids[0]!, payload: LARGE });
  bench.mate.send({ operationId: ids[0]!, payload: SMALL });
  const exchange = await bench.server.next();
  await exchange.gets.expect({ kind: "hello" });
  await exchange.gets.expect({ operation: 1 });
  await exchange.gets.expect({ operation: 2 });
  await exchange.gets.expect({ operation: 1, payload: LARGE });
  await exchange.gets.expectNothing();
  exchange.reject(new Error("gone"));
  for (const _ of ids) await bench.mate.expectTicket({ termination: "transmission failure" });
  // Whatever is there now may take less.
  const operationId = bench.mate.open({ payload: LARGE });
  const next = await bench.server.next();
  await next.gets.expect({ kind: "hello" });
  await next.gets.expectNothing();
  next.accept();
  await next.gets.expect({ payload: LARGE });
  bench.mate.send({ operationId, termination: "cancellation" });
});

test("P6.5 a single exchange says all at once", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  const payload = new Uint8Array(100_000).fill(1);
  const operationId = bench.mate.open({ payload, termination: "completion" });
  const exchange = await bench.server.next();
  await exchange.gets.expect({ kind: "hello" });
  await exchange.gets.expect({ operation: 1, payload });
  bench.mate.send({ operationId, termination: "cancellation" });
  await bench.clock.runMicrotasks();
});
