import { joinBytes } from "../../src/wire/join_bytes.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import type { OperationId } from "../../src/links/mod.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import { BufferBudget } from "../../src/transport/server/load_limits.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { InvocationBench, withBudget } from "../http/bench.ts";
import { encode } from "../http/frame_feed.ts";
import type { ScriptedClient } from "../http/scripted_client.ts";
import { SocketBench } from "../http/socket_bench.ts";
import type { LimitRow } from "./limit_row.ts";
import { answerTo, describe, KICK_OFF, numbers, Probe, ticketWith } from "./probes.ts";

const SERVER = serviceSettings({});
const CLIENT = invocationSettings("/", {});
const LONG = 1_000_000;
/** Nobody is missed or too old. */
const PATIENT = { heartbeatMs: LONG, idleMs: LONG, maxExchangeAgeMs: LONG } as const;
const MESSAGE = ticketWith(new Uint8Array(2_000_000));
const WAITS = "nothing: it waits for the hello";

/** Limits of what waits, and for how long. */
export const FLOW_ROWS: readonly LimitRow[] = [
  {
    name: "MAX_BUFFERED_BYTES",
    option: "maxBufferedBytes",
    byDefault: 67_108_864,
    inEffect: () => Math.min(SERVER.maxBufferedBytes, CLIENT.maxBufferedBytes),
    limit: 10_000,
    probe: messageOf,
    told: "end, resource_exhausted, Cannot go on with the exchange: messages of 10001 bytes wait to be read, " +
      "10000 are allowed (maxBufferedBytes)",
  },
  {
    name: "EXCHANGE_WINDOW_BYTES",
    option: "EXCHANGE_WINDOW_BYTES",
    byDefault: 16_777_216,
    inEffect: () => Math.min(SERVER.windowBytes, CLIENT.windowBytes),
    limit: 10_000,
    probe: unconsumed,
    // One of the largest frames more may be on its way.
    told: "end, resource_exhausted, Cannot go on with the exchange: 12129 bytes of messages have come and are not " +
      "consumed, 10000 are allowed (windowBytes of the hello)",
  },
  {
    name: "EARLY_BYTES",
    option: "EARLY_BYTES",
    byDefault: 65_536,
    limit: 65_536,
    step: 1_024,
    probe: (_limit, bytes) => sentEarly(bytes, 1_024),
    told: WAITS,
  },
  {
    name: "EARLY_FRAME_BYTES",
    option: "EARLY_FRAME_BYTES",
    byDefault: 1_024,
    limit: 1_024,
    // A frame has three bytes more than its content.
    probe: (_limit, bytes) => sentEarly(10_000, bytes + 3),
    told: WAITS,
  },
  {
    name: "MAX_TOTAL_BUFFERED_BYTES",
    option: "maxTotalBufferedBytes",
    byDefault: 268_435_456,
    inEffect: () => SERVER.maxTotalBufferedBytes,
    limit: 200_000,
    probe: (limit, bytes) => stalledAt(withBudget(limit, LONG), bytes, 1_000),
    told:
      "transmission failure, resource_exhausted, Cannot go on with the exchange: all exchanges hold 200001 bytes, " +
      "200000 are allowed (maxTotalBufferedBytes), and this one holds the most",
  },
  {
    name: "STALL_MS",
    option: "STALL_MS",
    byDefault: 1_000,
    limit: 1_000,
    isOverAtLimit: true,
    probe: (_limit, ms) => stalledAt(withBudget(200_000, LONG), 240_000, ms),
    told:
      "transmission failure, resource_exhausted, Cannot go on with the exchange: all exchanges hold 240000 bytes, " +
      "200000 are allowed (maxTotalBufferedBytes), and this one holds the most",
  },
  {
    name: "NOT_TAKEN_MS",
    option: "NOT_TAKEN_MS",
    byDefault: 5_000,
    limit: 5_000,
    step: 500,
    isOverAtLimit: true,
    probe: (_limit, ms) => untaken(ms),
    told: "transmission failure, resource_exhausted, Cannot go on with the exchange: 200012 bytes wait to be taken, " +
      "10000 are allowed (maxBufferedBytes)",
  },
  {
    name: "MAX_BUDGET_OVERDRAFT_BYTES",
    option: "MAX_BUDGET_OVERDRAFT_BYTES",
    byDefault: 16_777_216,
    limit: 16_777_216,
    probe: overdrawn,
    told: "nothing: the largest is given up at once",
  },
  {
    name: "OPERATION_BYTES",
    option: "OPERATION_BYTES",
    byDefault: 8_192,
    limit: 8_192,
    // Memory for four, or for less than that if each takes more.
    probe: (limit, bytes) =>
      answerTo(
        { limits: { maxTotalBufferedBytes: 5 * limit - bytes } },
        encode(...numbers(4).map((operation) => ({ operation, ...KICK_OFF }))),
      ),
    told: "shutdown, resource_exhausted, Cannot begin the operation: the server runs as many as it has memory for",
  },
  {
    name: "LEAST_PROGRESS_BYTES",
    option: "LEAST_PROGRESS_BYTES",
    byDefault: 4_096,
    limit: 4_096,
    // It is the least: more beyond it is less.
    probe: (limit, bytes) => slowMessage(15_000, 15_000, 2 * limit - bytes),
    told: "end, resource_exhausted, Cannot go on with the exchange: 4095 bytes of a message came in 15000 ms, " +
      "4096 are the least",
  },
  {
    name: "PROGRESS_MS",
    option: "PROGRESS_MS",
    byDefault: 15_000,
    limit: 15_000,
    isOverAtLimit: true,
    probe: (_limit, ms) => slowMessage(ms, ms, 0),
    told: "end, resource_exhausted, Cannot go on with the exchange: 0 bytes of a message came in 15000 ms, " +
      "4096 are the least",
  },
  {
    name: "MAX_MESSAGE_MS",
    option: "MAX_MESSAGE_MS",
    byDefault: 300_000,
    limit: 300_000,
    step: 15_000,
    isOverAtLimit: true,
    probe: (_limit, ms) => slowMessage(15_000, ms, 4_096),
    told: "end, resource_exhausted, Cannot go on with the exchange: a message was not complete after 300000 ms",
  },
];

/** What comes of a WebSocket's message of so many bytes. */
/** A frame of exactly so many bytes. */
function frameOf(bytes: number): Uint8Array<ArrayBuffer> {
  const { length } = ticketWith(new Uint8Array(bytes));
  return ticketWith(new Uint8Array(2 * bytes - length)).slice();
}

async function messageOf(maxBufferedBytes: number, bytes: number): Promise<string | undefined> {
  // The window, which is the buffer, and one frame: half of it each.
  const half = maxBufferedBytes / 2;
  await using bench = new SocketBench({ limits: { maxBufferedBytes: half, maxFrameBytes: half } });
  bench.link.joinLink({ acceptTicket: () => {}, joinLink: () => {} });
  const socket = await bench.greet();
  socket.message(joinBytes([frameOf(half), frameOf(bytes - half)]).buffer);
  socket.say({ kind: "ping", value: 1 });
  const said = await socket.gets.next();
  if ("kind" in said && said.kind === "end") return describe(said);
  socket.say({ kind: "end" });
  socket.closeByPeer(1000);
  await bench.clock.runMicrotasks();
  return undefined;
}

/** What comes of tickets that count so many bytes, and one of the largest frames, and that nobody consumes. */
async function unconsumed(maxBufferedBytes: number, bytes: number): Promise<string | undefined> {
  const maxFrameBytes = 2_000;
  await using probe = new Probe({ limits: { maxBufferedBytes, maxFrameBytes } });
  probe.bench.link.joinLink({ acceptTicket: () => {}, joinLink: () => {}, reportsConsumption: true });
  const client = await probe.open();
  client.sends.send({ operation: 1, ...KICK_OFF });
  let rest = bytes + maxFrameBytes + 128;
  for (; rest > 2 * maxFrameBytes; rest -= 1_000) client.sends.raw(counting(1_000));
  client.sends.raw(counting(Math.floor(rest / 2)));
  client.sends.raw(counting(Math.ceil(rest / 2)));
  client.sends.send({ kind: "ping", value: 1 });
  const said = await client.gets.next();
  await client.gets.cancel();
  return "kind" in said && said.kind === "pong" ? undefined : describe(said);
}

/** A frame that counts so many bytes: what it holds, and 128. */
function counting(bytes: number): Uint8Array {
  const frame = (length: number) => encode({ operation: 1, payload: new Uint8Array(length) });
  // Three are of the frame itself.
  return frame(bytes - 128 - (frame(1_000).length - 1_000 - 3));
}

/** What a client sends before the server's hello, in frames of so many bytes. */
async function sentEarly(bytes: number, frameBytes: number): Promise<string | undefined> {
  await using bench = new InvocationBench();
  const opening = (payload: Uint8Array) => ({ ...KICK_OFF, payload });
  const sized = (length: number, operation: number) => {
    const others = encode({ operation, ...opening(new Uint8Array(500)) }).length - 500;
    return opening(new Uint8Array(length - others));
  };
  const hello = encode({
    kind: "hello",
    versions: [1],
    exchange: "duplex",
    maxFrameBytes: CLIENT.wire.maxFrameBytes,
    heartbeatMs: CLIENT.heartbeatMs,
    windowBytes: CLIENT.windowBytes,
    attempt: new Uint8Array(16),
  });
  const ids: OperationId[] = [];
  // The first makes up for what the hello lacks.
  for (let at = hello.length; at < bytes;) {
    const length = frameBytes === 1_024 && ids.length === 0 ? frameBytes - hello.length : frameBytes;
    ids.push(bench.mate.open(sized(length, ids.length + 1)));
    at += length;
    if (frameBytes !== 1_024) break;
  }
  const server = await bench.server.next();
  await server.gets.expect({ kind: "hello" });
  const sent = (await server.gets.ready()).length;
  server.accept();
  for (let rest = ids.length - sent; rest > 0; rest--) await server.gets.expect({ group: "g" });
  for (const operationId of ids) bench.mate.send({ operationId, termination: "cancellation" });
  return sent === ids.length ? undefined : WAITS;
}

/** What becomes of the client that holds most when so many bytes have come of two messages that stop. It is not told. */
async function stalledAt(options: ServiceLinkOptions, bytes: number, ms: number): Promise<string | undefined> {
  await using probe = new Probe({ ...options, timeouts: PATIENT });
  const [most, least] = [await probe.open(), await probe.open()];
  most.sends.send({ operation: 1, ...KICK_OFF });
  most.sends.raw(MESSAGE.slice(0, bytes - 50_000));
  await nextTurn();
  least.sends.raw(MESSAGE.slice(0, 50_000));
  await nextTurn();
  await probe.bench.clock.advance(ms);
  // It goes at its second look, when all others have looked as well.
  await probe.bench.clock.advance(500);
  for (const { gets } of [most, least]) await gets.cancel();
  const word = probe.delivered.find(({ code }) => code === "resource_exhausted");
  return word && describe(word);
}

/** Whether more than a budget and so many bytes may be held. */
async function overdrawn(_limit: number, bytes: number): Promise<string | undefined> {
  const budget = new BufferBudget(1_000);
  let told: string | undefined;
  budget.reportBuffered({ budgetExceeded: () => told = "nothing: the largest is given up at once" }, 1_000 + bytes);
  await Promise.resolve();
  return told;
}

/** What a client is told whose message goes on by so many bytes in each of these times. */
/** What comes of answers that wait for so long, since their client consumes nothing. */
async function untaken(ms: number): Promise<string | undefined> {
  await using probe = new Probe({ limits: { maxBufferedBytes: 10_000 }, timeouts: PATIENT });
  const client = await probe.open({ hello: { windowBytes: 100 } });
  client.sends.send({ operation: 1, ...KICK_OFF, allowance: 9 });
  await nextTurn();
  const { operationId } = probe.delivered.at(-1)!;
  const payload = new Uint8Array(100_000);
  for (const sequenceNumber of [0, 1]) probe.bench.link.acceptTicket({ operationId, sequenceNumber, payload });
  await nextTurn();
  await probe.bench.clock.advance(ms);
  await client.gets.cancel();
  const word = probe.delivered.find(({ code }) => code === "resource_exhausted");
  return word && describe(word);
}

async function slowMessage(stepMs: number, ms: number, bytes: number): Promise<string | undefined> {
  await using probe = new Probe({ timeouts: PATIENT });
  const client = await probe.open();
  let at = 1_000;
  client.sends.raw(MESSAGE.slice(0, at));
  await nextTurn();
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs += stepMs) {
    if (bytes > 0) client.sends.raw(MESSAGE.slice(at, at += bytes));
    await nextTurn();
    await probe.bench.clock.advance(stepMs);
  }
  return await lastWord(client);
}

/** Why an exchange is over, unless it goes on. */
async function lastWord(client: ScriptedClient): Promise<string | undefined> {
  const [said] = await client.gets.ready();
  await client.gets.cancel();
  return said === undefined ? undefined : describe(said);
}
