import { assertEquals } from "@std/assert";
import { BegunAttempts } from "../../src/transport/server/begun_attempts.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { compact } from "../../src/testing/mod.ts";
import { InvocationBench, PATH } from "../http/bench.ts";
import { encode, FrameFeed } from "../http/frame_feed.ts";
import { clientHello, postStream, refusalText } from "../http/scripted_client.ts";
import { openPair } from "../http/scripted_pair.ts";
import type { LimitRow } from "./limit_row.ts";
import { answerTo, answerToSilence, describe, KICK_OFF, numbers, Probe, ticketWith } from "./probes.ts";

const SERVER = serviceSettings({});
const CLIENT = invocationSettings("/", {});
const LONG = 1_000_000;
const GOAWAY = "goaway, unavailable, The server takes no more operations on this exchange:";

/** Limits of exchanges, on either side. */
export const EXCHANGE_ROWS: readonly LimitRow[] = [
  {
    name: "MAX_OPERATIONS_PER_EXCHANGE",
    option: "maxOperations",
    byDefault: 10_000,
    inEffect: () => SERVER.maxOperations,
    limit: 5,
    probe: (maxOperations, operations) =>
      answerTo(
        { limits: { maxOperations } },
        encode(...numbers(operations).map((operation) => ({ operation, ...KICK_OFF }))),
      ),
    told: "shutdown, resource_exhausted, Cannot begin the operation: 5 run already (maxOperations)",
  },
  {
    name: "MAX_EXCHANGES",
    option: "maxExchanges",
    byDefault: 10_000,
    inEffect: () => SERVER.maxExchanges,
    limit: 3,
    probe: lastOfExchanges,
    told: "503, Cannot open an exchange: 3 are open already (maxExchanges)",
  },
  {
    name: "HIGH_WATER_BYTES",
    option: "highWaterBytes",
    byDefault: 1_048_576,
    inEffect: () => Math.max(SERVER.highWaterBytes, CLIENT.highWaterBytes),
    limit: 10_000,
    probe: grantAbove,
    // The peer is not told: it does not read.
    told: "the grant waits",
  },
  {
    name: "MAX_DISORDERED_BYTES",
    option: "maxDisorderedBytes",
    byDefault: 5_242_880,
    inEffect: () => Math.max(SERVER.maxDisorderedBytes, CLIENT.maxDisorderedBytes),
    limit: 10_000,
    probe: (maxDisorderedBytes, bytes) =>
      answerTo({ limits: { maxDisorderedBytes } }, encode({ operation: 1, ...KICK_OFF }), overtaking(bytes)),
    told: "end, resource_exhausted, Cannot go on with the exchange: 10001 bytes wait for tickets that are missing, " +
      "10000 are allowed (maxDisorderedBytes)",
  },
  {
    name: "MAX_DISCARDED_BYTES",
    option: "MAX_DISCARDED_BYTES",
    byDefault: 1_048_576,
    limit: 1_048_576,
    probe: unheard,
    // The peer has been told why the exchange has failed.
    told: "nothing: its request is given up",
  },
  {
    name: "MAX_DISCARDED_REQUEST_BYTES",
    option: "MAX_DISCARDED_REQUEST_BYTES",
    byDefault: 65_536,
    limit: 65_536,
    probe: (_limit, bytes) => answerAfter(bytes, 0),
    told: "503, Cannot open an exchange: the service is stopping, try again elsewhere",
  },
  {
    name: "DISCARD_MS",
    option: "DISCARD_MS",
    byDefault: 1_000,
    limit: 1_000,
    isOverAtLimit: true,
    probe: (_limit, ms) => answerAfter(0, ms),
    told: "503, Cannot open an exchange: the service is stopping, try again elsewhere",
  },
  {
    name: "MAX_BEGUN_ATTEMPTS",
    option: "MAX_BEGUN_ATTEMPTS",
    byDefault: 65_536,
    limit: 65_536,
    probe: (_limit, attempts) => Promise.resolve(repeatedAfter(attempts, 0)),
    told: "nothing: the first is forgotten, and begins again",
  },
  {
    name: "BEGUN_ATTEMPT_MS",
    option: "BEGUN_ATTEMPT_MS",
    byDefault: 60_000,
    limit: 60_000,
    isOverAtLimit: true,
    probe: (_limit, ms) => Promise.resolve(repeatedAfter(1, ms)),
    told: "nothing: the first is forgotten, and begins again",
  },
  {
    name: "MAX_REQUEST_BYTES",
    option: "maxRequestBytes",
    byDefault: 16_777_216,
    inEffect: () => CLIENT.maxRequestBytes,
    limit: 1_000,
    probe: collected,
    told: "transmission failure, resource_exhausted, Cannot collect the request: it is above 1000 bytes " +
      "(maxRequestBytes); the other kinds of exchange have no such limit",
  },
  {
    name: "MAX_PART_BYTES",
    option: "maxPartBytes",
    byDefault: 1_048_576,
    inEffect: () => SERVER.maxPartBytes,
    limit: 262_144,
    probe: partOf,
    told: "413, Cannot take the part: it announces 262145 bytes, 262144 are allowed (maxPartBytes)",
  },
  {
    name: "MAX_PARTS_AHEAD",
    option: "maxPartsAhead",
    byDefault: 4,
    inEffect: () => SERVER.maxPartsAhead,
    limit: 3,
    probe: partsAhead,
    told: "409, Cannot take part 5: part 1 is next, 3 may be ahead of it (maxPartsAhead)",
  },
  {
    name: "HELLO_TIMEOUT_MS",
    option: "helloTimeoutMs",
    byDefault: 10_000,
    inEffect: () => Math.min(SERVER.helloTimeoutMs, CLIENT.helloTimeoutMs),
    limit: 500,
    isOverAtLimit: true,
    probe: lateHello,
    told: "408, Cannot open an exchange: no complete hello in 500 ms (helloTimeoutMs)",
  },
  {
    name: "PROBE_TIMEOUT_MS",
    option: "probeTimeoutMs",
    byDefault: 2_000,
    inEffect: () => CLIENT.probeTimeoutMs,
    limit: 300,
    isOverAtLimit: true,
    probe: waitsForDuplex,
    told: "pair",
  },
  {
    name: "HEARTBEAT_MS",
    option: "heartbeatMs",
    byDefault: 7_000,
    inEffect: () => Math.min(SERVER.heartbeatMs, CLIENT.heartbeatMs),
    limit: 500,
    isOverAtLimit: true,
    // That an exchange fails after as much silence again is shown under P9.3.
    probe: (heartbeatMs, ms) => answerToSilence({ timeouts: { heartbeatMs } }, ms),
    told: "ping",
  },
  {
    name: "CLIENT_IDLE_MS",
    option: "idleMs of a client",
    byDefault: 1_000,
    inEffect: () => CLIENT.idleMs,
    limit: 500,
    isOverAtLimit: true,
    probe: idleClient,
    told: "end",
  },
  {
    name: "SERVER_IDLE_MS",
    option: "idleMs of a server",
    byDefault: 60_000,
    inEffect: () => SERVER.idleMs,
    limit: 500,
    isOverAtLimit: true,
    probe: (idleMs, ms) => answerToSilence({ timeouts: { idleMs, heartbeatMs: LONG } }, ms),
    told: `${GOAWAY} it has been idle (idleMs)`,
  },
  {
    name: "MAX_EXCHANGE_AGE_MS",
    option: "maxExchangeAgeMs",
    byDefault: 240_000,
    inEffect: () => SERVER.maxExchangeAgeMs,
    limit: 500,
    isOverAtLimit: true,
    probe: (maxExchangeAgeMs, ms) =>
      answerToSilence({ timeouts: { maxExchangeAgeMs, idleMs: LONG, heartbeatMs: LONG } }, ms),
    told: `${GOAWAY} it has reached its age (maxExchangeAgeMs)`,
  },
  {
    name: "MAX_EXCHANGE_BYTES",
    option: "maxExchangeBytes",
    byDefault: 67_108_864,
    inEffect: () => SERVER.maxExchangeBytes,
    limit: 2_000,
    probe: carried,
    told: `${GOAWAY} it has carried enough (maxExchangeBytes)`,
  },
];

/** Sends on after an exchange has failed, and says whether the server still waits for the end of it. */
async function unheard(_limit: number, bytes: number): Promise<string | undefined> {
  await using probe = new Probe({});
  const { sends, gets } = await probe.open();
  sends.raw(Uint8Array.of(0xff));
  await gets.expect({ kind: "end", code: "internal" });
  sends.raw(new Uint8Array(bytes));
  await nextTurn();
  const isGivenUp = probe.bench.link.exchangeCount === 0;
  if (!isGivenUp) sends.close();
  await gets.rest();
  return isGivenUp ? "nothing: its request is given up" : undefined;
}

/** What a link that is stopping answers to a request that has brought so many bytes in that time, and has not ended. */
async function answerAfter(bytes: number, ms: number): Promise<string | undefined> {
  await using probe = new Probe({});
  const { clock, fetch, link } = probe.bench;
  await link.stop(0);
  const feed = new FrameFeed();
  const response = postStream(fetch, PATH, feed.stream);
  feed.raw(new Uint8Array(bytes));
  await nextTurn();
  await clock.advance(ms);
  const isAnswered = await Promise.race([response.then(() => true), nextTurn().then(() => false)]);
  if (!isAnswered) feed.close();
  const text = `503, ${await refusalText(await response, 503)}`;
  return isAnswered ? text : undefined;
}

/** What comes of an attempt that is made again after so many of them and so long. */
function repeatedAfter(attempts: number, ms: number): string | undefined {
  let nowMs = 0;
  const begun = new BegunAttempts({ now: () => nowMs, setTimer: () => undefined, clearTimer: () => {} });
  for (const attempt of numbers(attempts)) begun.begin(idOf(attempt));
  nowMs = ms;
  return begun.begin(idOf(1)) ? "nothing: the first is forgotten, and begins again" : undefined;
}

function idOf(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}

/** What the last client of many is answered. */
async function lastOfExchanges(maxExchanges: number, exchanges: number): Promise<string | undefined> {
  await using probe = new Probe({ limits: { maxExchanges } });
  const open: ReadableStream<Uint8Array>[] = [];
  let told: string | undefined;
  for (const _ of numbers(exchanges)) {
    const feed = new FrameFeed();
    feed.send(clientHello());
    const response = await postStream(probe.bench.fetch, PATH, feed.stream);
    if (response.status === 200) open.push(response.body!);
    else told = `${response.status}, ${await refusalText(response, response.status)}`;
  }
  for (const body of open) await body.cancel();
  return told;
}

/** A chunk of one ticket that waits for one before it, and costs so many bytes. */
function overtaking(bytes: number): Uint8Array {
  const chunk = (length: number) => encode({ operation: 1, sequence: 2, payload: new Uint8Array(length) });
  // A ticket that waits counts for 128 bytes more than it has.
  return chunk(bytes - 128 - (chunk(1_000).length - 1_000));
}

/** What comes of a grant while so many bytes wait for a client that reads nothing. */
async function grantAbove(highWaterBytes: number, bytes: number): Promise<string | undefined> {
  await using probe = new Probe({ flow: { highWaterBytes } });
  const client = await probe.open();
  client.sends.send({ operation: 1, ...KICK_OFF });
  await nextTurn();
  const { operationId } = probe.delivered.at(-1)!;
  // A frame of [1, bytes]: eight bytes beside them.
  probe.bench.link.acceptTicket({ operationId, sequenceNumber: 0, payload: new Uint8Array(bytes - 8) });
  client.sends.send({ operation: 1, allowance: 1 });
  await nextTurn();
  const hasWaited = probe.delivered.every(({ allowance }) => allowance === undefined);
  // What waits is what has been said, and whoever takes it lets the grant pass.
  await client.gets.expect({ operation: 1 });
  await probe.bench.clock.runMicrotasks();
  assertEquals(probe.delivered.filter(({ allowance }) => allowance === 1).length, 1);
  return hasWaited ? "the grant waits" : undefined;
}

/** What the caller is told whose request comes to so many bytes. */
async function collected(maxRequestBytes: number, bytes: number): Promise<string | undefined> {
  const opening = { operation: 1, ...KICK_OFF, payload: new Uint8Array(300) };
  const hello = {
    maxFrameBytes: 4_194_304,
    heartbeatMs: 7_000,
    exchange: "single",
    attempt: new Uint8Array(16),
  } as const;
  const others = encode(clientHello(hello), opening).length - 300;
  await using bench = new InvocationBench({ exchange: "single", limits: { maxRequestBytes } });
  bench.mate.open({ ...KICK_OFF, payload: new Uint8Array(bytes - others) });
  const first = await bench.mate.expectTicket();
  if (first.termination !== undefined) return describe(compact(first));
  bench.mate.send({ termination: "cancellation" });
  return undefined;
}

/** What a client is answered that puts so many bytes into one request of a pair. */
async function partOf(maxPartBytes: number, bytes: number): Promise<string | undefined> {
  await using probe = new Probe({ limits: { maxPartBytes } });
  const client = await openPair(probe.bench.fetch, PATH);
  const answer = await client.raw(1, ticketWith(new Uint8Array(bytes)).subarray(0, bytes));
  await client.gets.cancel();
  return answer.status === 204 ? undefined : `${answer.status}, ${await answer.text()}`;
}

/** What a client is answered that sends so many requests of a pair before the one whose turn it is. */
async function partsAhead(maxPartsAhead: number, parts: number): Promise<string | undefined> {
  await using probe = new Probe({ limits: { maxPartsAhead } });
  const client = await openPair(probe.bench.fetch, PATH);
  const answers = numbers(parts).map((number) => client.part(number + 1, { kind: "ping", value: number }));
  await nextTurn();
  await client.gets.cancel();
  const last = await answers.at(-1);
  // Those that are held are told that the exchange is over.
  return last === undefined || last.status === 404 ? undefined : `${last.status}, ${await last.text()}`;
}

/** What a client is answered that says hello after so long. */
async function lateHello(helloTimeoutMs: number, ms: number): Promise<string | undefined> {
  await using probe = new Probe({ timeouts: { helloTimeoutMs } });
  const feed = new FrameFeed();
  const answer = postStream(probe.bench.fetch, PATH, feed.stream);
  await nextTurn();
  await probe.bench.clock.advance(ms);
  try {
    feed.send(clientHello());
  } catch {
    // It has been given up already.
  }
  const response = await answer;
  if (response.status !== 200) return `${response.status}, ${await response.text()}`;
  await response.body!.cancel();
  return undefined;
}

/** The kind of exchange that an operation is carried by which has waited so long to know whether duplex works. */
async function waitsForDuplex(probeTimeoutMs: number, ms: number): Promise<string | undefined> {
  await using bench = new InvocationBench({ exchange: "auto", timeouts: { probeTimeoutMs } });
  bench.mate.open();
  await bench.server.next();
  await bench.clock.advance(ms);
  const { exchange } = bench.link;
  bench.mate.send({ termination: "cancellation" });
  return exchange === "duplex" ? undefined : exchange;
}

/** What a client says that has had no operation for so long. */
async function idleClient(idleMs: number, ms: number): Promise<string | undefined> {
  await using bench = new InvocationBench({ timeouts: { idleMs } });
  bench.mate.open();
  const { gets, sends } = await bench.server.accept();
  bench.mate.send({ termination: "cancellation" });
  await gets.next();
  await gets.next();
  await bench.clock.advance(ms);
  sends.send({ kind: "ping", value: 1 });
  const frame = await gets.next();
  sends.send({ kind: "end" });
  sends.close();
  return "kind" in frame && frame.kind === "pong" ? undefined : describe(frame);
}

/** What a server says that has got so many bytes. */
async function carried(maxExchangeBytes: number, bytes: number): Promise<string | undefined> {
  await using probe = new Probe({ limits: { maxExchangeBytes } });
  const client = await probe.open();
  // A frame of a ticket of an operation that ends with it: what is beside its payload is measured.
  const frame = (length: number) =>
    encode({ operation: 1, ...KICK_OFF, payload: new Uint8Array(length), termination: "cancellation" });
  const others = encode(clientHello()).length + frame(300).length - 300;
  client.sends.raw(frame(bytes - others));
  await nextTurn();
  client.sends.send({ kind: "end" });
  client.sends.close();
  const [goaway] = (await client.gets.rest()).filter((said) => "kind" in said && said.kind === "goaway");
  return goaway === undefined ? undefined : describe(goaway);
}
