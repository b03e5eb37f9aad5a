import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import type { ControlItem } from "../../src/wire/mod.ts";
import { BufferBudget } from "../../src/transport/server/load_limits.ts";
import type { SharedLinkOptions } from "../../src/transport/service_options.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench, withBudget } from "./bench.ts";
import { encode, FrameFeed, type WireTicket } from "./frame_feed.ts";
import { clientHello, openDuplex, post, postStream } from "./scripted_client.ts";
import { expectRefusal, expectTaken, openPair, partBody } from "./scripted_pair.ts";

const KICK_OFF = { operation: 1, group: "g", method: "m", subscription: "full", timeout: 60_000 } as const;
const ONE_WAY = { ...KICK_OFF, subscription: "none", termination: "completion" } as const;
const CANCEL: WireTicket = { operation: 1, termination: "cancellation" };
const PING: ControlItem = { kind: "ping", value: 1 };

/** Whether something is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => settled = true);
  await nextTurn();
  return settled;
}

/** Opens a pair with one operation on it, and takes its first ticket at the service's end. */
async function openWithOperation(bench: ServiceBench) {
  const client = await openPair(bench.fetch, PATH);
  await client.send(1, KICK_OFF);
  await bench.mate.expectTicket({ group: "g" });
  return client;
}

test("P7.17, P7.21 serviceLink() joins parts where they are cut, within frames or between", async () => {
  await using bench = new ServiceBench();
  const client = await openPair(bench.fetch, PATH);
  const bytes = encode(KICK_OFF, { operation: 1, payload: new Uint8Array(50).fill(7) }, CANCEL);
  for (let i = 0; i < bytes.length; i++) await expectTaken(client.raw(i + 1, bytes.slice(i, i + 1)));
  await bench.mate.expectTicket({ group: "g", method: "m" });
  await bench.mate.expectTicket({ payload: new Uint8Array(50).fill(7) });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish(bytes.length + 1);
});

for (const cut of [1, 2, 3, 9]) {
  test(`P3.5, P7.17 serviceLink() takes a request of a pair in chunks of ${cut}`, async () => {
    await using bench = new ServiceBench();
    const client = await openPair(bench.fetch, PATH);
    const body = partBody(client.id, 1, encode(KICK_OFF, CANCEL));
    const feed = new FrameFeed();
    const answer = postStream(bench.fetch, PATH, feed.stream);
    for (let i = 0; i < body.length; i += cut) {
      feed.raw(body.slice(i, i + cut));
      await nextTurn();
    }
    await bench.mate.expectNothing();
    feed.close();
    await expectTaken(answer);
    await bench.mate.expectTicket({ group: "g" });
    await bench.mate.expectTicket({ termination: "cancellation" });
    await client.finish(2);
  });
}

const HALF = encode(PING);
/** Requests that break the rules of parts, and what they are told. */
const BAD_PARTS: readonly (readonly [name: string, body: (id: Uint8Array) => Uint8Array<ArrayBuffer>, says: string])[] =
  [
    ["less than it says", (id) => partBody(id, 1, HALF, HALF.length + 1), "it announces 7 bytes, 6 follow"],
    ["more than it says", (id) => partBody(id, 1, HALF, HALF.length - 1), "it announces 5 bytes, more follow"],
    ["nothing", (id) => partBody(id, 1, new Uint8Array()), "it announces no bytes"],
    ["nothing of what it says", (id) => partBody(id, 1, new Uint8Array(), 5), "it announces 5 bytes, 0 follow"],
    ["half a part", (id) => partBody(id, 1, HALF).slice(0, 10), "the request ends within it"],
    ["an id that is no bytes", () => Uint8Array.from([0x48, 0x82, 0x25, 0xa3, 0, 1, 1, 1, 2, 1]), "Cannot read"],
    ["an empty id", () => partBody(new Uint8Array(), 1, HALF), "part.exchangeId is not 1 to 64 bytes"],
    [
      "a part without a number",
      () => Uint8Array.from([0x47, 0x82, 0x25, 0xa2, 2, 1, 3, 1, 0]),
      "part.number is missing",
    ],
    ["a further part of no exchange", () => partBody(undefined, 1, HALF), "it is part 1 of no exchange"],
  ];

for (const [name, body, says] of BAD_PARTS) {
  test(`P7.18 serviceLink() applies nothing of a request of a pair with ${name}`, async () => {
    await using bench = new ServiceBench();
    const client = await openPair(bench.fetch, PATH);
    assertStringIncludes(await expectRefusal(post(bench.fetch, PATH, body(client.id)), 400), says);
    await client.gets.expectNothing();
    // The number is still to come.
    await client.send(1, { kind: "ping", value: 7 });
    await client.gets.expectExactly({ kind: "pong", value: 7 });
    await client.finish(2);
  });
}

test("P7.18 serviceLink() applies nothing of a request of a pair that breaks off", async () => {
  await using bench = new ServiceBench();
  const client = await openPair(bench.fetch, PATH);
  const feed = new FrameFeed();
  const answer = postStream(bench.fetch, PATH, feed.stream);
  feed.raw(partBody(client.id, 1, HALF).slice(0, -1));
  await nextTurn();
  feed.error(new Error("gone"));
  assertStringIncludes(await expectRefusal(answer, 400), "gone");
  await client.gets.expectNothing();
  await client.finish(1);
});

for (const bytes of [0, 1, 10, 40]) {
  test(`P7.18 serviceLink() waits no longer than for a hello for a request of a pair of which ${bytes} bytes come`, async () => {
    await using bench = new ServiceBench({ timeouts: { helloTimeoutMs: 500 } });
    const client = await openPair(bench.fetch, PATH);
    const feed = new FrameFeed();
    const answer = postStream(bench.fetch, PATH, feed.stream);
    await bench.clock.advance(300);
    feed.raw(partBody(client.id, 1, new Uint8Array(40)).slice(0, bytes));
    await bench.clock.advance(199);
    assertEquals(await isSettled(answer), false);
    await bench.clock.advance(1);
    const expected = bytes > 5
      ? "Cannot take the part: it is not complete after"
      : "Cannot open an exchange: no complete";
    assertStringIncludes(await expectRefusal(answer, 408), expected);
    await feed.cancelled;
    await client.finish(1);
  });
}

test("P7.19, P8.4 serviceLink() takes a hello from the request that opens a pair, and what follows it", async () => {
  await using bench = new ServiceBench();
  const hello = encode(clientHello({ exchange: "pair" }));
  const opening = partBody(undefined, 0, encode(clientHello({ exchange: "pair" }), PING));
  const response = await post(bench.fetch, PATH, opening);
  assertEquals(response.status, 200);
  await response.body!.cancel();
  for (
    const [body, says] of [
      [partBody(undefined, 0, hello.slice(0, -1)), "got 8 bytes of a frame that is longer"],
      [partBody(undefined, 0, encode(PING)), 'got an item "ping" before the hello'],
      [partBody(undefined, 0, encode(clientHello({ exchange: "duplex" }))), "expected a pair one, got duplex"],
      [partBody(undefined, 0, encode(clientHello({ versions: [7] }))), "offers version 1, got one with 7"],
    ] as const
  ) {
    assertStringIncludes(await expectRefusal(post(bench.fetch, PATH, body), 400), says);
  }
  assertEquals(bench.link.exchangeCount, 0);
});

test("P7.20 serviceLink() names each pair by 16 bytes of its own", async () => {
  await using bench = new ServiceBench();
  const first = await openPair(bench.fetch, PATH);
  const second = await openPair(bench.fetch, PATH);
  assertEquals([first.id.length, second.id.length], [16, 16]);
  assertNotEquals(first.id, second.id);
  const duplex = await openDuplex(bench.fetch, PATH);
  await duplex.finish();
  await first.finish(1);
  await second.finish(1);
});

test("P7.21 serviceLink() applies parts in their order, whatever the order they come in", async () => {
  await using bench = new ServiceBench();
  const client = await openPair(bench.fetch, PATH);
  const third = client.part(3, { kind: "ping", value: 3 });
  const second = client.part(2, { kind: "ping", value: 2 });
  await client.gets.expectNothing();
  assertEquals(await isSettled(Promise.race([second, third])), false);
  await client.send(1, { kind: "ping", value: 1 });
  await expectTaken(second);
  await expectTaken(third);
  for (const value of [1, 2, 3]) await client.gets.expectExactly({ kind: "pong", value });
  await client.finish(4);
});

test("P7.21, P7.22 serviceLink() applies a part once, and answers it each time", async () => {
  await using bench = new ServiceBench();
  const client = await openPair(bench.fetch, PATH);
  const early = [client.part(2, { kind: "ping", value: 2 }), client.part(2, { kind: "ping", value: 22 })];
  assertEquals(await isSettled(Promise.race(early)), false);
  await client.send(1, { kind: "ping", value: 1 });
  for (const answer of early) await expectTaken(answer);
  for (const number of [0, 1, 2, 1]) await client.send(number, { kind: "ping", value: 9 });
  for (const value of [1, 2]) await client.gets.expectExactly({ kind: "pong", value });
  await client.gets.expectNothing();
  await client.finish(3);
});

test("P7.21 serviceLink() goes on with a pair after a part that came too early", async () => {
  await using bench = new ServiceBench({ limits: { maxPartsAhead: 1 } });
  const client = await openPair(bench.fetch, PATH);
  assertStringIncludes(await expectRefusal(client.part(3, PING), 409), "part 1 is next, 1 may be ahead of it");
  assertStringIncludes(await expectRefusal(client.part(Number.MAX_SAFE_INTEGER, PING), 409), "(maxPartsAhead)");
  for (const number of [1, 2, 3]) await client.send(number, { kind: "ping", value: number });
  for (const value of [1, 2, 3]) await client.gets.expectExactly({ kind: "pong", value });
  await client.finish(4);
});

test("P7.22 serviceLink() does not answer a part before it has read it", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  // More operations than one time slice takes.
  const many = Array.from({ length: 400 }, (_, i) => ({ ...ONE_WAY, operation: i + 2 }));
  const slow = client.part(2, ...many);
  const behind = client.part(3, PING);
  const again = client.part(2, ...many);
  assertEquals(await isSettled(Promise.race([slow, behind, again])), false);
  await bench.clock.advance(0);
  for (const answer of [slow, behind, again]) await expectTaken(answer);
  await client.gets.expectExactly({ kind: "pong", value: 1 });
  for (const _ of many) await bench.mate.expectTicket({ group: "g" });
  await client.send(4, CANCEL);
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish(5);
});

test("P7.23 serviceLink() knows no exchange by a name that is wrong, forged or over, and says the same of each", async () => {
  await using bench = new ServiceBench();
  const client = await openPair(bench.fetch, PATH);
  await client.finish(1);
  const neighbour = await openPair(bench.fetch, PATH);
  const said = new Set<string>();
  const longer = new Uint8Array(17);
  longer.set(neighbour.id);
  const changed = neighbour.id.slice();
  changed[15]! ^= 1;
  const ids = [client.id, new Uint8Array(16), neighbour.id.slice(0, 15), longer, changed, new Uint8Array(64)];
  for (const id of ids) said.add(await expectRefusal(post(bench.fetch, PATH, partBody(id, 1, encode(PING))), 404));
  assertEquals([...said], ["Cannot take the part: there is no such exchange here"]);
  await neighbour.gets.expectNothing();
  await neighbour.finish(1);
});

test("P7.23 serviceLink() tells parts that are held when their exchange ends that it is gone", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  const held = [client.part(3, CANCEL), client.part(4, PING), client.part(3, CANCEL)];
  assertEquals(await isSettled(Promise.race(held)), false);
  await client.gets.cancel();
  for (const answer of held) await expectRefusal(answer, 404);
  await bench.mate.expectTicket({ termination: "transmission failure" });
  await expectRefusal(client.part(2, PING), 404);
});

test("P7.23 serviceLink() tells a part that is read while its exchange ends that it is gone", async () => {
  await using bench = new ServiceBench();
  const client = await openPair(bench.fetch, PATH);
  const feed = new FrameFeed();
  const answer = postStream(bench.fetch, PATH, feed.stream);
  const body = partBody(client.id, 1, encode(PING));
  feed.raw(body.slice(0, -1));
  await nextTurn();
  await client.gets.cancel();
  feed.raw(body.slice(-1));
  feed.close();
  await expectRefusal(answer, 404);
});

const CALLERS: readonly (readonly [opener: string | undefined, other: string | undefined])[] = [
  ["Bearer ada", "Bearer eve"],
  ["Bearer ada", undefined],
  [undefined, "Bearer eve"],
];
for (const [opener, other] of CALLERS) {
  test(`P7.24 serviceLink() takes no part of a pair of "${opener}" from "${other}"`, async () => {
    await using bench = new ServiceBench();
    const headersOf = (authorization: string | undefined) => ({
      headers: authorization === undefined ? {} : { authorization },
    });
    const client = await openPair(bench.fetch, PATH, headersOf(opener));
    const said = await expectRefusal(client.raw(1, encode(PING), headersOf(other)), 403);
    assertEquals(said, "Cannot take the part: another caller opened the exchange");
    await client.gets.expectNothing();
    await expectTaken(client.raw(1, encode({ kind: "end" }), headersOf(opener)));
    await client.gets.expectExactly({ kind: "end" });
  });
}

test("P7.24 serviceLink() asks callerOf who calls", async () => {
  const callerOf = (context: { req: { header(name: string): string | undefined } }) => context.req.header("cookie");
  await using bench = new ServiceBench({ callerOf });
  const client = await openPair(bench.fetch, PATH, { headers: { cookie: "ada", authorization: "1" } });
  await expectRefusal(client.raw(1, encode(PING), { headers: { cookie: "eve", authorization: "1" } }), 403);
  await expectTaken(client.raw(1, encode({ kind: "end" }), { headers: { cookie: "ada", authorization: "2" } }));
  await client.gets.expectExactly({ kind: "end" });
});

test("serviceLink() fails a request of a pair, and no other, where callerOf throws", async () => {
  let isBroken = false;
  await using bench = new ServiceBench({
    callerOf: () => {
      if (isBroken) throw new Error("no session store");
      return undefined;
    },
  });
  bench.app.onError((error, context) => context.text(error.message, 500));
  const client = await openPair(bench.fetch, PATH);
  isBroken = true;
  assertEquals((await client.part(1, PING)).status, 500);
  assertEquals((await post(bench.fetch, PATH, partBody(undefined, 0, encode(clientHello())))).status, 500);
  isBroken = false;
  await client.finish(1);
});

test("P7.26 serviceLink() fails an exchange that has a part within it", async () => {
  await using bench = new ServiceBench();
  const inner: ControlItem = { kind: "part", number: 1, byteLength: 1 };
  const pair = await openPair(bench.fetch, PATH);
  await expectTaken(pair.part(1, inner));
  await pair.gets.expect({
    kind: "end",
    code: "internal",
    message: "Cannot go on with the exchange: got a part within it",
  });
  await pair.gets.cancel();
  const duplex = await openDuplex(bench.fetch, PATH);
  duplex.sends.send(inner);
  await duplex.gets.expect({ kind: "end", code: "internal" });
  await duplex.gets.cancel();
});

test("P8.7 serviceLink() takes parts of pairs that are open while it opens no more", async () => {
  await using bench = new ServiceBench({ limits: { maxExchanges: 1 } });
  const client = await openPair(bench.fetch, PATH);
  const hello = encode(clientHello({ exchange: "pair" }));
  await expectRefusal(post(bench.fetch, PATH, partBody(undefined, 0, hello)), 503);
  await expectRefusal(post(bench.fetch, PATH, encode(clientHello())), 503);
  await client.send(1, PING);
  await client.gets.expectExactly({ kind: "pong", value: 1 });
  await client.finish(2);
});

test("P8.7, P9.5 serviceLink() goes on with a pair while it stops", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  const undecided = new FrameFeed();
  const unknown = postStream(bench.fetch, PATH, undecided.stream);
  await nextTurn();
  const stopped = bench.link.stop(10_000);
  await client.gets.expect({ kind: "goaway", lastOperation: 1 });
  await expectRefusal(post(bench.fetch, PATH, encode(clientHello())), 503);
  assertEquals(await isSettled(unknown), false);
  await client.send(2, CANCEL);
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.send(3, { kind: "end" });
  await client.gets.expectExactly({ kind: "end" });
  await client.gets.rest();
  await stopped;
  await bench.clock.advance(1_000);
  await expectRefusal(unknown, 503);
  await undecided.cancelled;
});

test("P8.12 serviceLink() says so where it offers no pairs", async () => {
  await using bench = new ServiceBench({ pair: false });
  const opening = partBody(undefined, 0, encode(clientHello({ exchange: "pair" })));
  assertStringIncludes(await expectRefusal(post(bench.fetch, PATH, opening), 501), "this server offers no pairs");
  await expectRefusal(post(bench.fetch, PATH, partBody(new Uint8Array(16), 1, encode(PING))), 501);
});

test("P9.3 serviceLink() misses the client of a pair, and takes any part for a sign of life", async () => {
  await using bench = new ServiceBench({ timeouts: { heartbeatMs: 1_000, idleMs: 1_000_000 } });
  const client = await openPair(bench.fetch, PATH);
  for (let number = 1; number <= 5; number++) {
    await bench.clock.advance(900);
    await client.send(number, { kind: "pong", value: 0 });
  }
  await bench.clock.advance(2_000);
  const said = await client.gets.rest();
  assert(said.every((frame) => "kind" in frame && frame.kind === "ping"));
  assertEquals(bench.link.exchangeCount, 0);
  await expectRefusal(client.part(6, PING), 404);
});

test("S45 serviceLink() ends the operations of a pair whose client closes the response", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  await client.gets.cancel();
  await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
});

test("P9.8 serviceLink() ends a pair in good order without knowing of the end of any request", async () => {
  await using bench = new ServiceBench();
  const client = await openWithOperation(bench);
  await client.send(2, CANCEL, { kind: "end" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.gets.expectExactly({ kind: "end" });
  await client.gets.rest();
  assertEquals(bench.link.exchangeCount, 0);
});

test("P10.2 serviceLink() fails a pair that holds the most of what is far too much together", async () => {
  await using bench = new ServiceBench(withBudget(200_000, 100_000));
  const neighbour = await openPair(bench.fetch, PATH);
  const small = neighbour.part(2, PING);
  const client = await openWithOperation(bench);
  const held = [3, 4].map((number) => client.raw(number, new Uint8Array(200_000)));
  for (const answer of held) await expectRefusal(answer, 404);
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
  await client.gets.expectCut();
  await neighbour.send(1, { kind: "pong", value: 1 });
  await expectTaken(small);
  await neighbour.gets.expectExactly({ kind: "pong", value: 1 });
  await neighbour.finish(3);
});

test("P10.2 serviceLink() refuses a request of a pair that holds the most of far too much while it is read", async () => {
  await using bench = new ServiceBench(withBudget(50_000, 50_000));
  const client = await openPair(bench.fetch, PATH);
  const feed = new FrameFeed();
  const answer = postStream(bench.fetch, PATH, feed.stream);
  const body = partBody(client.id, 1, new Uint8Array(150_000));
  feed.raw(body.slice(0, 90_000));
  assertEquals(await isSettled(answer), false);
  feed.raw(body.slice(90_000, 120_000));
  assertStringIncludes(await expectRefusal(answer, 503), "(maxTotalBufferedBytes)");
  await feed.cancelled;
  await client.finish(1);
});

test("P10.1 serviceLink() keeps no more of a request of a pair than has come", async () => {
  await using bench = new ServiceBench({ limits: { maxTotalBufferedBytes: 2_000 } });
  const client = await openPair(bench.fetch, PATH);
  const feeds = Array.from({ length: 8 }, () => new FrameFeed());
  const answers = feeds.map((feed, index) => {
    feed.raw(partBody(client.id, index < 2 ? 1 : 2, new Uint8Array(10), 1_000_000));
    return postStream(bench.fetch, PATH, feed.stream);
  });
  assertEquals(await isSettled(Promise.race(answers)), false);
  for (const feed of feeds) feed.close();
  for (const answer of answers) await expectRefusal(answer, 400);
  await client.finish(1);
});

test("serviceLink() has no more requests of a pair wait than its client has reason to send", async () => {
  await using bench = new ServiceBench({ limits: { maxPartsAhead: 2 } });
  const client = await openPair(bench.fetch, PATH);
  const waiting = [2, 3, 2, 3].map((number) => client.part(number, { kind: "ping", value: number }));
  await nextTurn();
  const beyond = client.part(1, { kind: "ping", value: 1 });
  assertStringIncludes(await expectRefusal(beyond, 429), "4 requests of the exchange wait already");
  await client.gets.cancel();
  for (const answer of waiting) await expectRefusal(answer, 404);
});

test("P10.2 serviceLink() counts nothing any more of what a pair held that is over", async () => {
  const budget = new BufferBudget(1_000_000);
  const options: SharedLinkOptions = { budget };
  await using bench = new ServiceBench(options);
  const neighbour = await openPair(bench.fetch, PATH);
  const client = await openPair(bench.fetch, PATH);
  const held = client.raw(2, new Uint8Array(60_000));
  assertEquals(await isSettled(held), false);
  assert(budget.totalBytes >= 60_000, `${budget.totalBytes} bytes are counted`);
  await client.gets.cancel();
  await expectRefusal(held, 404);
  assert(budget.totalBytes < 1_000, `${budget.totalBytes} bytes are counted although the pair is over`);
  // What is read of a part that turns out to be none.
  await expectRefusal(neighbour.raw(1, new Uint8Array(60_000), { byteLength: 60_001 }), 400);
  assert(budget.totalBytes < 1_000, `${budget.totalBytes} bytes are counted although the part is refused`);
  await neighbour.gets.cancel();
  await nextTurn();
  assertEquals(budget.totalBytes, 0);
});
