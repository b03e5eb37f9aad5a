/** P9.20, P9.11: what the peer has no room for waits here, per operation, and leaves when the peer says that it has. */
import { assert, assertEquals } from "@std/assert";
import type { OperationId } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import type { Hello } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import type { Frame } from "./frame_log.ts";
import type { ScriptedExchange } from "./scripted_server.ts";

const WINDOW = 10_000;
const PAYLOAD_BYTES = 1_000;
/** What such a payload counts: what its frame holds, and the overhead of a ticket. */
const CHARGE = encode({ operation: 1, payload: new Uint8Array(PAYLOAD_BYTES) }).length - 3 + 128;
const NO_HEARTBEAT = { timeouts: { heartbeatMs: 1_000_000 } } as const;

/** A client with operations that a server with a window knows. */
class Bench extends InvocationBench {
  readonly ids: OperationId[] = [];
  server1!: ScriptedExchange;

  async begin(operations: number, hello: Partial<Hello> = {}): Promise<ScriptedExchange> {
    for (let i = 0; i < operations; i++) this.ids.push(this.mate.open());
    this.server1 = await this.server.accept({ windowBytes: WINDOW, ...hello });
    for (let i = 0; i < operations; i++) await this.server1.gets.expect({ operation: i + 1 });
    await nextTurn();
    return this.server1;
  }

  /** Says payloads of {@linkcode PAYLOAD_BYTES}, whose first byte is their number. */
  say(operation: number, payloads: number, first = 0): void {
    for (let i = first; i < first + payloads; i++) {
      this.mate.send({ operationId: this.ids[operation - 1]!, payload: payloadOf(i) });
    }
  }

  /** Cancels all operations that have begun as 1 to `operations`. */
  async end(...operations: readonly number[]): Promise<void> {
    for (const operation of operations) {
      this.mate.send({ operationId: this.ids[operation - 1]!, termination: "cancellation" });
      await this.server1.gets.expect({ operation, termination: "cancellation" });
    }
    this.server1.sends.send({ kind: "end" });
    this.server1.sends.close();
  }
}

function payloadOf(number: number): Uint8Array {
  return new Uint8Array(PAYLOAD_BYTES).fill(number);
}

/** Takes the payloads that have come, as operations and numbers. */
async function payloads({ gets }: ScriptedExchange, count: number): Promise<[operation: number, number: number][]> {
  const taken: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const frame = await gets.next();
    assert("operation" in frame && frame.payload instanceof Uint8Array, Deno.inspect(frame));
    taken.push([frame.operation, frame.payload[0]!]);
  }
  await gets.expectNothing();
  return taken;
}

function run(operation: number, count: number, first = 0): [number, number][] {
  return Array.from({ length: count }, (_, i) => [operation, first + i]);
}

test("P9.20 a sender waits for credit: an operation holds at most half of the window, or one payload more", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(1);
  bench.say(1, 20);
  // The one after 4,548 bytes may leave: it begins below 5,000.
  const first = Math.ceil(WINDOW / 2 / CHARGE);
  assertEquals(await payloads(server, first), run(1, first));
  server.sends.send({ kind: "credit", consumedBytes: CHARGE, ofOperations: [1, CHARGE] });
  assertEquals(await payloads(server, 1), run(1, 1, first));
  const rest = 20 - first - 1;
  for (let i = 0; i < rest; i++) {
    server.sends.send({ kind: "credit", consumedBytes: CHARGE, ofOperations: [1, CHARGE] });
    assertEquals(await payloads(server, 1), run(1, 1, first + 1 + i));
  }
  await bench.end(1);
});

test("P9.20 others go on beside one that waits, and a quarter is kept for operations that hold nothing", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(5);
  bench.say(1, 10);
  assertEquals(await payloads(server, 5), run(1, 5));
  // 5,680 are held: the second of them may leave below 7,500.
  bench.say(2, 5);
  assertEquals(await payloads(server, 2), run(2, 2));
  bench.say(3, 2);
  assertEquals(await payloads(server, 1), run(3, 1));
  bench.say(4, 2);
  assertEquals(await payloads(server, 1), run(4, 1));
  // Now it is full.
  bench.say(5, 1);
  assertEquals(await payloads(server, 0), []);
  server.sends.send({ kind: "credit", consumedBytes: CHARGE, ofOperations: [4, CHARGE] });
  assertEquals(await payloads(server, 1), run(4, 1, 1));
  // The first would have room in its half, but what is left is for those that hold nothing.
  server.sends.send({ kind: "credit", consumedBytes: CHARGE, ofOperations: [1, CHARGE] });
  assertEquals(await payloads(server, 1), run(5, 1));
  await bench.end(1, 2, 3, 4, 5);
});

test("P9.20 one message of any length leaves when there is any room, and then nothing until it is consumed", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(2, { windowBytes: 100 });
  const payload = new Uint8Array(50_000).fill(7);
  bench.mate.send({ operationId: bench.ids[0]!, payload });
  bench.say(2, 1);
  await server.gets.expect({ operation: 1, payload });
  await server.gets.expectNothing();
  const bytes = encode({ operation: 1, payload }).length - 3 + 128;
  server.sends.send({ kind: "credit", consumedBytes: bytes - 100, ofOperations: [1, bytes - 100] });
  await server.gets.expectNothing();
  server.sends.send({ kind: "credit", consumedBytes: 1, ofOperations: [1, 1] });
  assertEquals(await payloads(server, 1), run(2, 1));
  await bench.end(1, 2);
});

test("P9.20 bytes are consumed of operations that are over as well, and more of them than have been sent are none", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(2);
  bench.say(1, 10);
  assertEquals(await payloads(server, 5), run(1, 5));
  bench.mate.send({ operationId: bench.ids[0]!, termination: "cancellation" });
  await server.gets.expect({ operation: 1, termination: "cancellation" });
  bench.say(2, 10);
  assertEquals(await payloads(server, 2), run(2, 2));
  server.sends.send({ kind: "credit", consumedBytes: 1_000_000 });
  // 2,272 of its own half, as far as it knows.
  assertEquals(await payloads(server, 3), run(2, 3, 2));
  await bench.end(2);
});

test("P9.20 grants overtake payloads that wait, and what follows a payload waits behind it", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(1);
  bench.say(1, 7);
  bench.mate.send({ allowance: 3 });
  bench.mate.send({ termination: "completion" });
  bench.mate.send({ allowance: 4 });
  assertEquals(await taken(server, 7), [
    ...[0, 1, 2, 3, 4].map((i) => ({ operation: 1, payload: payloadOf(i) })),
    { operation: 1, allowance: 3 },
    { operation: 1, allowance: 4 },
  ]);
  await server.gets.expectNothing();
  server.sends.send({ kind: "credit", consumedBytes: 5 * CHARGE, ofOperations: [1, 5 * CHARGE] });
  assertEquals(await taken(server, 3), [
    { operation: 1, payload: payloadOf(5) },
    { operation: 1, payload: payloadOf(6) },
    { operation: 1, termination: "completion" },
  ]);
  await bench.end(1);
});

test("P9.20 what a ticket grants does not wait with its payload", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(1);
  bench.say(1, 5);
  for (const i of [5, 6]) bench.mate.send({ payload: payloadOf(i), allowance: i });
  bench.mate.send({ allowance: 7, termination: "completion" });
  assertEquals(await taken(server, 8), [
    ...[0, 1, 2, 3, 4].map((i) => ({ operation: 1, payload: payloadOf(i) })),
    ...[5, 6, 7].map((allowance) => ({ operation: 1, allowance })),
  ]);
  server.sends.send({ kind: "credit", consumedBytes: 5 * CHARGE, ofOperations: [1, 5 * CHARGE] });
  assertEquals(await taken(server, 3), [
    { operation: 1, payload: payloadOf(5) },
    { operation: 1, payload: payloadOf(6) },
    { operation: 1, termination: "completion" },
  ]);
  await bench.end(1);
});

test("P9.20 a completion does not wait for what others hold, when the payload before it has left", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(2, { windowBytes: CHARGE });
  bench.say(1, 1);
  bench.say(2, 1);
  bench.mate.send({ operationId: bench.ids[1]!, termination: "completion" });
  assertEquals(await payloads(server, 1), run(1, 1));
  server.sends.send({ kind: "credit", consumedBytes: 1 });
  assertEquals(await taken(server, 2), [
    { operation: 2, payload: payloadOf(0) },
    { operation: 2, termination: "completion" },
  ]);
  await bench.end(1, 2);
});

test("S8, P9.20 tickets keep their numbers that come out of order and wait", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(1, { windowBytes: CHARGE });
  const operationId = bench.ids[0]!;
  bench.mate.send({ operationId, sequenceNumber: 1, payload: payloadOf(1) });
  bench.mate.send({ operationId, sequenceNumber: 3, payload: payloadOf(3) });
  bench.mate.send({ operationId, sequenceNumber: 2, payload: payloadOf(2) });
  assertEquals(await taken(server, 1), [{ operation: 1, payload: payloadOf(1) }]);
  await server.gets.expectNothing();
  server.sends.send({ kind: "credit", consumedBytes: 10 * CHARGE, ofOperations: [1, 10 * CHARGE] });
  const frames = [await server.gets.expect({ payload: payloadOf(3) })];
  server.sends.send({ kind: "credit", consumedBytes: 10 * CHARGE, ofOperations: [1, 10 * CHARGE] });
  frames.push(await server.gets.expect({ payload: payloadOf(2) }));
  assertEquals(frames.map((frame) => "operation" in frame && frame.sequence), [3, 2]);
  await bench.end(1);
});

async function taken({ gets }: ScriptedExchange, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let i = 0; i < count; i++) frames.push(await gets.next());
  return frames;
}

test("P9.18, P9.20 an abort overtakes what waits of its operation, which is dropped", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(2);
  bench.say(1, 100);
  assertEquals(await payloads(server, 5), run(1, 5));
  bench.mate.send({ operationId: bench.ids[0]!, termination: "cancellation" });
  await server.gets.expect({ operation: 1, termination: "cancellation" });
  server.sends.send({ kind: "credit", consumedBytes: 5 * CHARGE });
  await server.gets.expectNothing();
  await bench.end(2);
});

test("P9.20 what waits of an operation that the server aborts is dropped, and the next goes on", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(2);
  bench.say(1, 100);
  assertEquals(await payloads(server, 5), run(1, 5));
  server.sends.send({ operation: 1, termination: "cancellation" }, { kind: "credit", consumedBytes: 5 * CHARGE });
  await bench.mate.expectTicket({ operationId: bench.ids[0]!, termination: "cancellation" });
  bench.say(2, 5);
  assertEquals(await payloads(server, 5), run(2, 5));
  await bench.end(2);
});

for (const taken of [0, 1]) {
  test(`P9.20 a large message that is aborted after ${taken} fragments is returned to the window`, async () => {
    await using bench = new Bench(NO_HEARTBEAT);
    const server = await bench.begin(2);
    bench.mate.send({ operationId: bench.ids[0]!, payload: new Uint8Array(1_048_576) });
    bench.say(2, 1);
    // The server reads nothing, or one chunk.
    await nextTurn();
    for (let i = 0; i < taken; i++) await server.gets.expectNothing();
    bench.mate.send({ operationId: bench.ids[0]!, termination: "cancellation" });
    const frames = [await server.gets.next(), await server.gets.next()];
    assertEquals(
      frames.map((frame) => "operation" in frame && [frame.operation, frame.termination]).sort(),
      [[1, "cancellation"], [2, undefined]],
    );
    await bench.end(2);
  });
}

test("P9.20 a large message counts no more when its operation ends here, since an answer cannot be read", async () => {
  await using bench = new Bench({ ...NO_HEARTBEAT, limits: { maxMetadataBytes: 100 } });
  const server = await bench.begin(2);
  bench.mate.send({ operationId: bench.ids[0]!, payload: new Uint8Array(1_048_576) });
  bench.say(2, 1);
  await nextTurn();
  server.sends.send({ operation: 1, initialMetadata: [["name", "x".repeat(200)]] });
  await bench.mate.expectTicket({ operationId: bench.ids[0]!, termination: "reception failure" });
  const frames = [await server.gets.next(), await server.gets.next()];
  assertEquals(
    frames.map((frame) => "operation" in frame && [frame.operation, frame.termination]).sort(),
    [[1, "reception failure"], [2, undefined]],
  );
  await bench.end(2);
});

test("P9.11 operations wait for a place that the server gives, and begin in order", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(2, { maxOperations: 2 });
  for (let i = 0; i < 5; i++) bench.ids.push(bench.mate.open({ method: `later ${i}` }));
  // That others are over is not enough: their handlers may run.
  server.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await server.gets.expectNothing();
  server.sends.send({ kind: "credit", operations: 4 });
  await server.gets.expect({ operation: 3, method: "later 0" });
  await server.gets.expect({ operation: 4, method: "later 1" });
  await server.gets.expectNothing();
  // Fewer than before are no word.
  server.sends.send({ kind: "credit", operations: 1 });
  await server.gets.expectNothing();
  server.sends.send({ kind: "credit", operations: 5 });
  await server.gets.expect({ operation: 5, method: "later 2" });
  await server.gets.expectNothing();
  bench.mate.send({ operationId: bench.ids.at(-2)!, termination: "cancellation" });
  bench.mate.send({ operationId: bench.ids.at(-1)!, termination: "cancellation" });
  await server.gets.expectNothing();
  assertEquals(bench.link.operationCount, 4);
  await bench.end(2, 3, 4, 5);
});

test("P9.11 what an operation says before it may begin leaves with it, in order", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(1, { maxOperations: 1 });
  bench.ids.push(bench.mate.open({ method: "later" }));
  bench.say(2, 3);
  bench.mate.send({ allowance: 2 });
  bench.mate.send({ termination: "completion" });
  await server.gets.expectNothing();
  server.sends.send({ kind: "credit", operations: 2 });
  const frames = await taken(server, 6);
  assertEquals(frames.map((frame) => Object.keys(frame).filter((key) => key !== "operation")).slice(1), [
    ["payload"],
    ["payload"],
    ["payload"],
    ["allowance"],
    ["termination"],
  ]);
  assert(frames.every((frame) => "operation" in frame && frame.operation === 2 && frame.sequence === undefined));
  await bench.end(1, 2);
});

test("P9.6, P9.11 operations that wait to begin go elsewhere when the server takes no more", async () => {
  await using bench = new Bench(NO_HEARTBEAT);
  const server = await bench.begin(1, { maxOperations: 1 });
  const operationId = bench.mate.open({ method: "later" });
  await server.gets.expectNothing();
  server.sends.send({ kind: "goaway", lastOperation: 1, code: "unavailable" });
  const next = await bench.server.accept();
  await next.gets.expect({ operation: 1, method: "later" });
  bench.mate.send({ operationId, termination: "cancellation" });
  await next.gets.expect({ operation: 1, termination: "cancellation" });
  await bench.end(1);
});

test("P9.4 credit items that grant nothing count as control items, and those that do not", async () => {
  await using bench = new Bench({ ...NO_HEARTBEAT, limits: { maxControlItemsPerSecond: 10 } });
  const server = await bench.begin(1, { maxOperations: 10 });
  for (let i = 0; i < 100; i++) {
    server.sends.send({ kind: "credit", operations: 20_000 + i });
  }
  await server.gets.expectNothing();
  // The hello was one.
  for (let i = 0; i < 9; i++) server.sends.send({ kind: "credit", consumedBytes: 0 });
  await server.gets.expectNothing();
  assertEquals(bench.link.operationCount, 1);
  // Nor does it raise anything to say what has been said, or to consume what has not been sent.
  server.sends.send({ kind: "credit", operations: 20_000, consumedBytes: 5 });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
  await server.gets.expect({ kind: "end", code: "resource_exhausted" });
  server.sends.close();
});
