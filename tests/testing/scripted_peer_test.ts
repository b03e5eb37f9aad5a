import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { joinLinks } from "../../src/links/mod.ts";
import { recordingLink, scriptedPeer } from "../../src/testing/mod.ts";

Deno.test("scriptedPeer() opens an operation and numbers what it sends", () => {
  const peerLink = recordingLink();
  const peer = scriptedPeer();
  peer.joinLink(peerLink);
  const operationId = peer.open({ payload: "hello", timeout: undefined });
  peer.send({ payload: "more" });
  peer.send({ sequenceNumber: 5 });
  peer.send({ sequenceNumber: 4 });
  peer.send({ termination: "completion" });
  assertEquals(peerLink.accepted, [
    { operationId, sequenceNumber: 0, group: "group", method: "method", subscription: "full", payload: "hello" },
    { operationId, sequenceNumber: 1, payload: "more" },
    { operationId, sequenceNumber: 5 },
    { operationId, sequenceNumber: 4 },
    { operationId, sequenceNumber: 6, termination: "completion" },
  ]);
});

Deno.test("scriptedPeer() keeps the numbers of its operations apart", () => {
  const peerLink = recordingLink();
  const peer = scriptedPeer();
  peer.joinLink(peerLink);
  const first = peer.open();
  const second = peer.open();
  assertNotEquals(first, second);
  assertEquals(peer.send({ operationId: first }).sequenceNumber, 1);
  assertEquals(peer.send({ operationId: second }).sequenceNumber, 1);
  assertEquals(peer.send({}).operationId, second);
});

Deno.test("scriptedPeer() answers the operation that it was told something of last", () => {
  const peer = scriptedPeer();
  assertThrows(() => peer.send({ payload: 1 }), TypeError, "no operation id");
  peer.acceptTicket({ operationId: "theirs", sequenceNumber: 0 });
  assertEquals(peer.send({ payload: 1 }), { operationId: "theirs", sequenceNumber: 0, payload: 1 });
});

Deno.test("scriptedPeer() checks the named fields of the next ticket", async () => {
  const peer = scriptedPeer();
  peer.acceptTicket({ operationId: 1, sequenceNumber: 0, payload: new Uint8Array([1, 2]), code: undefined });
  const ticket = await peer.expectTicket({ payload: new Uint8Array([1, 2]), code: undefined });
  assertEquals(ticket, { operationId: 1, sequenceNumber: 0, payload: new Uint8Array([1, 2]) });

  peer.acceptTicket({ operationId: 1, sequenceNumber: 1, payload: new Uint8Array([1, 3]) });
  await assertRejects(() => peer.expectTicket({ payload: new Uint8Array([1, 2]) }), Error, "0102");
  peer.acceptTicket({ operationId: 1, sequenceNumber: 2, code: "ok" });
  await assertRejects(() => peer.expectTicket({ code: undefined }), Error, 'code: "ok"');
});

Deno.test("scriptedPeer() checks the whole of the next ticket", async () => {
  const peer = scriptedPeer();
  for (const sequenceNumber of [0, 1, 2]) {
    peer.acceptTicket({ operationId: 1, sequenceNumber, payload: { a: [1, null] }, termination: "completion" });
  }
  await peer.expectExactly({ payload: { a: [1, null] }, termination: "completion" });
  await assertRejects(() => peer.expectExactly({ payload: { a: [1, null] } }), Error, "exactly");
  await assertRejects(() => peer.expectExactly({ payload: { a: [1, 0] }, termination: "completion" }), Error);
});

Deno.test("scriptedPeer() checks that sequence numbers follow each other, per operation", async () => {
  const peer = scriptedPeer();
  peer.acceptTicket({ operationId: 1, sequenceNumber: 0 });
  peer.acceptTicket({ operationId: 2, sequenceNumber: 0 });
  peer.acceptTicket({ operationId: 1, sequenceNumber: 2 });
  peer.acceptTicket({ operationId: 1, sequenceNumber: 5 });
  await peer.expectTicket();
  await peer.expectTicket({ operationId: 2 });
  await assertRejects(() => peer.expectTicket(), Error, "sequence number 1");
  await peer.expectTicket({ sequenceNumber: 5 });
});

Deno.test("scriptedPeer() waits for what comes without time passing, and no longer", async () => {
  const peer = scriptedPeer();
  queueMicrotask(() => peer.acceptTicket({ operationId: 1, sequenceNumber: 0, payload: "soon" }));
  await peer.expectTicket({ payload: "soon" });
  await assertRejects(() => peer.expectTicket({ payload: "never" }), Error, "got none");
});

Deno.test("scriptedPeer() with patience waits for a ticket that takes time", async () => {
  const peer = scriptedPeer({ patienceMs: 10_000 });
  const timer = setTimeout(() => peer.acceptTicket({ operationId: 1, sequenceNumber: 0 }), 1);
  await peer.expectTicket();
  clearTimeout(timer);
  await assertRejects(() => scriptedPeer({ patienceMs: 1 }).expectTicket(), Error, "got none");
  assertThrows(() => scriptedPeer({ patienceMs: -1 }), RangeError, "patienceMs");
});

Deno.test("scriptedPeer() notices a ticket that nobody expected", async () => {
  const peer = scriptedPeer();
  await peer.expectNothing();
  queueMicrotask(() => peer.acceptTicket({ operationId: 1, sequenceNumber: 0, message: "surprise" }));
  await assertRejects(() => peer.expectNothing(), Error, "surprise");
  await peer.expectTicket();
  await peer.expectNothing();
  assertEquals(peer.received.length, 1);
});

Deno.test("scriptedPeer() converses with another", async () => {
  const [client, server] = [scriptedPeer(), scriptedPeer()];
  joinLinks(client, server);
  client.open({ payload: "ping" });
  await server.expectTicket({ group: "group", method: "method", timeout: 10_000, payload: "ping" });
  server.send({ subscription: "full", payload: "pong", termination: "completion" });
  await client.expectExactly({ subscription: "full", payload: "pong", termination: "completion" });
  await client.expectNothing();
});

Deno.test("scriptedPeer() tells values apart as an end would", async () => {
  const values: unknown[] = [
    null,
    0,
    -0,
    "",
    false,
    [],
    {},
    [undefined],
    new Map([["a", 1]]),
    new Map([["a", 2]]),
    new Set([1]),
    new Set([2]),
    new Date(1),
    new Date(2),
    new Uint8Array(0),
    new Uint8Array(1),
    new Uint16Array(0),
    { a: undefined },
    { b: undefined },
    1n,
  ];
  for (const [sent, payload] of values.entries()) {
    for (const [named, other] of values.entries()) {
      const peer = scriptedPeer();
      peer.acceptTicket({ operationId: 1, sequenceNumber: 0, payload });
      const attempt = peer.expectTicket({ payload: structuredClone(other) });
      if (sent === named) await attempt;
      else await assertRejects(() => attempt, Error, "payload");
    }
  }
});
