import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Context } from "npm:hono@^4";
import type { Ticket } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { openDuplex } from "./scripted_client.ts";

/** What a client's first ticket says at the least. */
const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000 } as const;

test("P5.8 serviceLink() delivers tickets with all their fields, and sends those of its mate", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  const said = {
    ...KICK_OFF,
    allowance: 3,
    initialMetadata: [["a", "1"], ["b", Uint8Array.of(2)], ["a", ""]],
    payload: new Map<unknown, unknown>([["k", [1n, null, new Date(0)]]]),
    terminalMetadata: [["t", "x"]],
    code: "ok",
    message: "done",
    termination: "completion",
  } as const;
  client.sends.send({ operation: 1, ...said });
  const { operationId, protocol } = await bench.mate.expectTicket({ sequenceNumber: 0, ...said });
  assertEquals(protocol?.kind, "servicer context");
  assertEquals((protocol?.value as Context).req.path, PATH);

  const answer = { subscription: "full", payload: Uint8Array.of(1, 2, 3), code: 0, message: null } as const;
  bench.mate.send({ operationId, ...answer, termination: "completion" });
  await client.gets.expectExactly({ operation: 1, ...answer, termination: "completion" });
  await client.finish();
});

test("P5.10 serviceLink() lets falsy values through", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  const said = { group: "", method: "", code: 0, message: false, initialMetadata: [], terminalMetadata: [] } as const;
  client.sends.send({ operation: 1, ...said, payload: "", subscription: "full", termination: "completion" });
  await bench.mate.expectTicket({ ...said, payload: "" });
  for (const payload of ["", 0, false, null, new Uint8Array()]) {
    bench.mate.send({ payload });
    await client.gets.expectExactly({ operation: 1, payload });
  }
  bench.mate.send({ termination: "completion" });
  await client.gets.expect({ termination: "completion" });
  await client.finish();
});

test("P7.7 serviceLink() numbers tickets that name no number, and takes those that do at their word", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send(
    { operation: 1, ...KICK_OFF },
    { operation: 1, payload: "one" },
    { operation: 1, sequence: 5, payload: "five" },
    { operation: 1, payload: "six" },
    { operation: 1, sequence: 2, payload: "two" },
  );
  for (const sequenceNumber of [0, 1, 5, 6, 2]) await bench.mate.expectTicket({ sequenceNumber });

  bench.mate.send({ payload: "a" });
  bench.mate.send({ sequenceNumber: 3, payload: "d" });
  bench.mate.send({ sequenceNumber: 4, payload: "e" });
  bench.mate.send({ sequenceNumber: 1, payload: "b" });
  await client.gets.expectExactly({ operation: 1, payload: "a" });
  await client.gets.expectExactly({ operation: 1, sequence: 3, payload: "d" });
  await client.gets.expectExactly({ operation: 1, payload: "e" });
  await client.gets.expectExactly({ operation: 1, sequence: 1, payload: "b" });
  bench.mate.send({ termination: "cancellation" });
  await client.gets.expect({ termination: "cancellation" });
  await client.finish();
});

test("serviceLink() makes the operations of different exchanges different", async () => {
  await using bench = new ServiceBench();
  const clients = [await openDuplex(bench.fetch, PATH), await openDuplex(bench.fetch, PATH)];
  const tickets: Ticket[] = [];
  for (const client of clients) {
    client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" });
    tickets.push(await bench.mate.expectTicket());
  }
  const [first, second] = tickets;
  assert(first!.operationId !== second!.operationId);
  bench.mate.send({ operationId: second!.operationId, payload: "to the second", termination: "completion" });
  bench.mate.send({ operationId: first!.operationId, payload: "to the first", termination: "completion" });
  await clients[0]!.gets.expect({ payload: "to the first" });
  await clients[1]!.gets.expect({ payload: "to the second" });
  for (const client of clients) await client.finish();
});

test("serviceLink() sends what one stretch of code says in one chunk", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  for (let operation = 1; operation <= 100; operation++) client.sends.send({ operation, ...KICK_OFF });
  const chunksBefore = client.gets.chunks;
  await client.gets.expectNothing();
  const { received } = bench.mate;
  for (const { operationId } of received) bench.mate.send({ operationId, payload: 1 });
  for (const { operationId } of received) bench.mate.send({ operationId, termination: "cancellation" });
  for (let i = 0; i < 200; i++) await client.gets.next();
  assertEquals(client.gets.chunks - chunksBefore, 1);
  for (const _ of received) await bench.mate.expectTicket();
  await client.finish();
});

test("P7.6 S11 serviceLink() never begins an operation twice, whatever comes late", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 7, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  bench.mate.send({ termination: "cancellation" });
  await client.gets.expect({ operation: 7 });
  assertEquals(bench.link.operationCount, 0);

  client.sends.send(
    { operation: 7, payload: "late" },
    { operation: 7, sequence: 0, ...KICK_OFF },
    { operation: 3, ...KICK_OFF },
    { operation: 8, ...KICK_OFF, method: "next" },
  );
  await client.gets.expect({ operation: 3, termination: "reception failure", code: "internal" });
  await bench.mate.expectTicket({ method: "next" });
  bench.mate.send({ termination: "cancellation" });
  await client.gets.expect({ operation: 8 });
  await client.finish();
});

test("S6 serviceLink() delivers an abort that comes first, and keeps nothing", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, sequence: 4, termination: "cancellation" });
  await bench.mate.expectTicket({ sequenceNumber: 4, termination: "cancellation" });
  assertEquals(bench.link.operationCount, 0);
  await client.finish();
});

test("P5.8 serviceLink() leaves it to the end to refuse a first ticket", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...{ group: 5, timeout: -1 } as object });
  await bench.mate.expectTicket({ ...{ group: 5, timeout: -1 } as object, method: undefined });
  bench.mate.send({ termination: "reception failure", code: "invalid_argument" });
  await client.gets.expectExactly({ operation: 1, termination: "reception failure", code: "invalid_argument" });
  await client.finish();
});

test("S13 serviceLink() keeps nothing of a one-way operation whose request is complete", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, subscription: "none", payload: 1 });
  await bench.mate.expectTicket({ payload: 1 });
  assertEquals(bench.link.operationCount, 1);
  client.sends.send({ operation: 1, termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  assertEquals(bench.link.operationCount, 0);
  await client.finish();
});

test("S9 serviceLink() lets an abort pass after a completion", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" });
  client.sends.send({ operation: 1, allowance: 2 });
  client.sends.send({ operation: 1, timeout: 500 });
  client.sends.send({ operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "completion" });
  await bench.mate.expectTicket({ allowance: 2 });
  await bench.mate.expectTicket({ timeout: 500 });
  await bench.mate.expectTicket({ termination: "cancellation" });
  assertEquals(bench.link.operationCount, 0);
  await client.finish();
});

test("S8 serviceLink() keeps an operation whose completion overtook its payload", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket();
  bench.mate.send({ sequenceNumber: 1, termination: "completion" });
  bench.mate.send({ sequenceNumber: 0, payload: "late but there" });
  await client.gets.expectExactly({ operation: 1, sequence: 1, termination: "completion" });
  await client.gets.expectExactly({ operation: 1, sequence: 0, payload: "late but there" });
  assertEquals(bench.link.operationCount, 0);
  await client.finish();
});

test("P7.8 serviceLink() refuses operations above maxOperations, as never begun", async () => {
  await using bench = new ServiceBench({ limits: { maxOperations: 2 } });
  const client = await openDuplex(bench.fetch, PATH);
  for (const operation of [1, 2, 3]) client.sends.send({ operation, ...KICK_OFF });
  await client.gets.expectExactly({
    operation: 3,
    termination: "shutdown",
    code: "resource_exhausted",
    message: "Cannot begin the operation: 2 run already (maxOperations)",
    neverStarted: true,
  });
  await bench.mate.expectTicket();
  await bench.mate.expectTicket();
  bench.mate.send({ termination: "cancellation" });
  await client.gets.expect({ operation: 2, termination: "cancellation" });

  client.sends.send({ operation: 4, ...KICK_OFF });
  await bench.mate.expectTicket({ group: "g" });
  client.sends.send({ operation: 4, termination: "cancellation" }, { operation: 1, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
});

test("P7.9 serviceLink() ends the operation of a malformed ticket, on both sides, and no other", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF }, { operation: 2, ...KICK_OFF, method: "neighbour" });
  const { operationId } = await bench.mate.expectTicket({ method: "m" });
  const neighbour = await bench.mate.expectTicket({ method: "neighbour" });

  client.sends.raw(malformedTicket(1));
  const told = await bench.mate.expectTicket({ operationId, sequenceNumber: 1, termination: "reception failure" });
  assertEquals(told.code, "internal");
  assertStringIncludes(String(told.message), "Cannot read a ticket of operation 1");
  await client.gets.expectExactly({
    operation: 1,
    termination: "reception failure",
    code: told.code,
    message: told.message,
  });

  bench.mate.send({ operationId: neighbour.operationId, payload: "well", termination: "cancellation" });
  await client.gets.expect({ operation: 2, payload: "well" });
  await client.finish();
});

test("P7.9 serviceLink() answers a malformed first ticket, and takes nothing more of that operation", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.raw(malformedTicket(5));
  await client.gets.expect({ operation: 5, termination: "reception failure", code: "internal" });
  client.sends.raw(malformedTicket(5));
  client.sends.send({ operation: 5, ...KICK_OFF });
  await client.gets.expectNothing();
  await client.finish();
});

test("P4.13 serviceLink() ends an operation whose ticket cannot be encoded, on both sides, and no other", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH, { hello: { maxFrameBytes: 2_000 } });
  const unencodable: readonly (readonly [unknown, string])[] = [
    [Symbol("no"), "internal"],
    [new Uint8Array(2_000), "resource_exhausted"],
  ];
  let operation = 0;
  for (const [payload, code] of unencodable) {
    operation += 1;
    client.sends.send({ operation, ...KICK_OFF });
    await bench.mate.expectTicket({ group: "g" });
    bench.mate.send({ payload: "first" });
    await client.gets.expectExactly({ operation, payload: "first" });
    bench.mate.send({ payload });
    const told = await client.gets.expect({ operation, termination: "transmission failure" });
    await bench.mate.expectTicket({ sequenceNumber: 1, code, termination: "transmission failure" });
    assert("code" in told && told.code === code);
    bench.mate.send({ payload: "too late" });
  }
  await client.gets.expectNothing();
  assertEquals(bench.link.operationCount, 0);
  await client.finish();
});

test("serviceLink() ends an operation whose mate throws, and reports it", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  const seen: unknown[] = [];
  bench.link.joinLink({
    acceptTicket: ({ method }) => {
      seen.push(method);
      if (method === "throw") throw new Error("secret");
    },
    joinLink: () => {},
  });
  client.sends.send({ operation: 1, ...KICK_OFF, method: "throw" }, { operation: 1, payload: "dropped" });
  client.sends.send({ operation: 2, ...KICK_OFF, method: "neighbour" }, { operation: 2, termination: "cancellation" });
  await client.gets.expectExactly({
    operation: 1,
    termination: "transmission failure",
    code: "internal",
    message: "The link that received the operation failed",
  });
  await client.gets.expectNothing();
  assertEquals(seen, ["throw", "neighbour", undefined]);
  assertEquals(bench.takeErrors(), ["Error: secret"]);
  await client.finish();
});

test("P7.10 serviceLink() answers an operation that its mate tries to open", async () => {
  await using bench = new ServiceBench();
  bench.mate.open();
  await bench.mate.expectExactly({
    termination: "transmission failure",
    code: "unavailable",
    message: "A service link cannot open operations: over HTTP it is clients that call",
  });
  bench.mate.send({ payload: 1 });
  bench.mate.send({ termination: "cancellation" });
  await bench.mate.expectNothing();
});

test("P7.11 serviceLink() ends what a client has not completed when it ends the exchange, and answers the rest", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, method: "open" });
  client.sends.send({ operation: 2, ...KICK_OFF, method: "complete", termination: "completion" }, { kind: "end" });
  client.sends.close();
  await bench.mate.expectTicket({ method: "open" });
  const complete = await bench.mate.expectTicket({ method: "complete" });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  await client.gets.expect({ operation: 1, termination: "transmission failure" });

  bench.mate.send({ operationId: complete.operationId, payload: "still", termination: "completion" });
  await client.gets.expectExactly({ operation: 2, payload: "still", termination: "completion" });
  assertEquals(await client.gets.rest(), [{ kind: "end" }]);
  assertEquals(bench.link.exchangeCount, 0);
});

/** Ways in which a client can be gone without a word, and what the service link makes of them. */
const WAYS_TO_GO: readonly (readonly [name: string, go: (client: Gone) => void | Promise<void>, message: string])[] = [
  ["the request breaks off", ({ sends }) => sends.error(new Error("reset")), "Lost the connection: reset"],
  [
    "the request ends without an end frame",
    ({ sends }) => sends.close(),
    "Lost the connection: the body ended without an end frame",
  ],
  [
    "the response is closed",
    ({ gets }) => gets.cancel(),
    "Lost the connection: the client closed the response",
  ],
  [
    "the request ends in the middle of a frame",
    ({ sends }) => {
      sends.raw(encode({ operation: 1, payload: "cut" }).slice(0, -2));
      sends.close();
    },
    "Lost the connection: the body ended without an end frame",
  ],
];
type Gone = Awaited<ReturnType<typeof openDuplex>>;

for (const [name, go, message] of WAYS_TO_GO) {
  test(`S45 serviceLink() ends all operations of an exchange at once when ${name}`, async () => {
    await using bench = new ServiceBench();
    const neighbour = await openDuplex(bench.fetch, PATH);
    const client = await openDuplex(bench.fetch, PATH);
    client.sends.send({ operation: 1, ...KICK_OFF }, { operation: 2, ...KICK_OFF, termination: "completion" });
    await bench.mate.expectTicket();
    await bench.mate.expectTicket();
    await go(client);
    for (const _ of [1, 2]) {
      await bench.mate.expectExactly({ termination: "transmission failure", code: "unavailable", message });
    }
    assertEquals(bench.link.operationCount, 0);
    bench.mate.send({ payload: "into the void" });
    await bench.clock.advance(1_000);
    assertEquals(bench.link.exchangeCount, 1);

    neighbour.sends.send({ operation: 1, ...KICK_OFF, method: "neighbour", termination: "cancellation" });
    await bench.mate.expectTicket({ method: "neighbour" });
    await neighbour.finish();
  });
}

test("S45 serviceLink() ends operations as cancelled when the client has said that it leaves", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" }, { kind: "end" });
  client.sends.close();
  await bench.mate.expectTicket();
  await client.gets.cancel();
  await bench.mate.expectExactly({ termination: "cancellation", code: "cancelled", message: "The client has left" });
});

test("S45 serviceLink() ends operations as cancelled when the request of a client breaks off that has said all", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF, termination: "completion" }, { kind: "end" });
  await bench.mate.expectTicket();
  client.sends.error(new Error("connection reset"));
  await bench.mate.expectExactly({ termination: "cancellation", code: "cancelled", message: "The client has left" });
  await client.gets.rest();
  assertEquals(bench.link.exchangeCount, 0);
});

test("P9.10 serviceLink() ends operations with the code that the client gave the exchange up with", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF }, { kind: "end", code: "data_loss", message: "checksum" });
  await bench.mate.expectTicket();
  await bench.mate.expectExactly({
    termination: "transmission failure",
    code: "data_loss",
    message: 'The peer says: "checksum"',
  });
  await client.gets.expectCut();
});

test("P9.10 serviceLink() leaves out the message of an end item that is no text and hostile to becoming one", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  client.sends.send({ operation: 1, ...KICK_OFF }, { kind: "end", code: "data_loss", message: { toString: 1 } });
  await bench.mate.expectTicket();
  await bench.mate.expectExactly({
    termination: "transmission failure",
    code: "data_loss",
    message: "The peer gave up the exchange",
  });
  await client.gets.expectCut();
});

function malformedTicket(operation: number): Uint8Array {
  // [operation, {3: 9}, undefined]: there is no subscription of number 9.
  return Uint8Array.of(0x46, 0x83, operation, 0xa1, 0x03, 0x09, 0xf7);
}
