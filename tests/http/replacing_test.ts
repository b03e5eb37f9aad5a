import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { retryPauseMs } from "../../src/transport/client/repetition.ts";
import type { ExchangeEvent } from "../../src/transport/invocation_options.ts";
import { MEDIA_TYPE, refusalFrame } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import type { ScriptedExchange } from "./scripted_server.ts";

test("S40 invocationLink() begins again elsewhere what a goaway does not accept, with all that was said", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  const one = bench.mate.open({ payload: "one" });
  const two = bench.mate.open({ payload: "two" });
  bench.mate.send({ operationId: two, timeout: 9_000 });
  const three = bench.mate.open({ method: "third" });
  const first = await bench.server.accept();
  for (const operation of [1, 2, 2, 3]) await first.gets.expect({ operation });
  first.sends.send({ kind: "goaway", lastOperation: 1 });

  const second = await bench.server.accept();
  await second.gets.expect({ operation: 1, group: "group", method: "method", subscription: "full", payload: "two" });
  await second.gets.expectExactly({ operation: 1, timeout: 9_000 });
  await second.gets.expect({ operation: 2, method: "third" });
  bench.mate.send({ operationId: two, allowance: 1 });
  bench.mate.send({ operationId: one, allowance: 2 });
  await second.gets.expectExactly({ operation: 1, allowance: 1 });
  await first.gets.expectExactly({ operation: 1, allowance: 2 });

  second.sends.send({ operation: 1, payload: "TWO", termination: "completion" });
  first.sends.send({ operation: 1, payload: "ONE", termination: "completion" });
  await bench.mate.expectTicket({ operationId: two, sequenceNumber: 0, payload: "TWO" });
  await bench.mate.expectTicket({ operationId: one, sequenceNumber: 0, payload: "ONE" });
  for (const operationId of [one, two, three]) bench.mate.send({ operationId, termination: "cancellation" });
  assertEquals(bench.link.operationCount, 0);
});

test("P9.6 invocationLink() begins nothing again of which it has heard, or has said more than it keeps", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  const heard = bench.mate.open();
  const long = bench.mate.open();
  for (let i = 0; i < 16; i++) bench.mate.send({ operationId: long, payload: i });
  const first = await bench.server.accept();
  first.sends.send({ operation: 1, allowance: 1 });
  await bench.mate.expectTicket({ operationId: heard, allowance: 1 });
  first.sends.send({ kind: "goaway", lastOperation: 0, message: "It is late" });
  for (const operationId of [heard, long]) {
    const told = {
      operationId,
      termination: "shutdown",
      code: "unavailable",
      message: 'The server says: "It is late"',
    } as const;
    await bench.mate.expectTicket(told);
  }
  await bench.server.expectNothing();
});

test("S40 invocationLink() moves operations as often as servers go that have accepted others", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  const ids = Array.from({ length: 30 }, () => bench.mate.open());
  for (const operationId of ids) {
    const exchange = await bench.server.accept();
    exchange.sends.send({ kind: "goaway", lastOperation: 1 }, { operation: 1, payload: 1, termination: "completion" });
    await bench.mate.expectTicket({ operationId, payload: 1 });
    bench.mate.send({ operationId, termination: "completion" });
    exchange.finish();
  }
  assertEquals(bench.link.operationCount, 0);
});

test("P8.13 invocationLink() tries again after a pause where a server states that it has begun nothing", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  const one = bench.mate.open({ payload: "one" });
  (await bench.server.next()).refuse();
  await bench.clock.advance(24);
  await bench.server.expectNothing();
  const two = bench.mate.open({ payload: "two" });
  bench.mate.send({ operationId: one, timeout: 9_000 });
  await bench.server.expectNothing();
  assertEquals([bench.link.exchangeCount, bench.link.operationCount], [0, 2]);
  await bench.clock.advance(26);
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1, method: "method", payload: "one" });
  await exchange.gets.expectExactly({ operation: 1, timeout: 9_000 });
  await exchange.gets.expect({ operation: 2, payload: "two" });
  for (const operationId of [one, two]) bench.mate.send({ operationId, termination: "cancellation" });
});

for (const exchange of ["single", "duplex"] as const) {
  test(`onExchange() of a ${exchange} link tells once of each refusal why calls wait`, async () => {
    const events: ExchangeEvent[] = [];
    await using bench = new InvocationBench({ exchange, onExchange: (event) => void events.push(event) });
    bench.mate.open({ termination: "completion" });
    (await bench.server.next()).refuse();
    await bench.mate.expectNothing();
    assertEquals(events.map(({ kind, reason }) => `${kind}: ${reason}`), [
      `${exchange}: asked`,
      `${exchange}: refused`,
    ]);
    assertStringIncludes(String(events[1]?.message), 'status 503: "Not here"');
    bench.mate.send({ termination: "cancellation" });
  });
}

test("P8.13 invocationLink() gives up on servers that refuse eight times in a row", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  const operationId = bench.mate.open();
  for (let pauseMs = 50; pauseMs <= 6_400; pauseMs *= 2) {
    (await bench.server.next()).refuse();
    await bench.mate.expectNothing();
    await bench.clock.advance(Math.min(pauseMs, 2_000));
  }
  (await bench.server.next()).refuse();
  const told = await bench.mate.expectTicket({ operationId, termination: "transmission failure", code: "unavailable" });
  assertStringIncludes(String(told.message), 'status 503: "Not here"');
  await bench.clock.advance(10_000);
  await bench.server.expectNothing();
});

/** Answers that say nothing of whether an operation has started, or that would be the same elsewhere. */
const FINAL: readonly (readonly [name: string, answer: (exchange: ScriptedExchange) => void])[] = [
  ["a proxy's 503", (exchange) => exchange.respond("No", { status: 503, headers: { "retry-after": "1" } })],
  ["a 503 with a header of ours", (exchange) => {
    exchange.respond("No", { status: 503, headers: { "ticketlink-refused": "draining" } });
  }],
  ["a 503 of our media type without an item", (exchange) => {
    exchange.respond("No", { status: 503, headers: { "content-type": MEDIA_TYPE } });
  }],
  ["a refusal under another status", (exchange) => {
    exchange.respond(refusalFrame(503, "No"), { status: 404, headers: { "content-type": MEDIA_TYPE } });
  }],
  ["a refusal of another media type", (exchange) => {
    exchange.respond(refusalFrame(503, "No"), { status: 503, headers: { "content-type": "text/plain" } });
  }],
  ["a refusal that something follows", (exchange) => {
    const body = new Blob([refusalFrame(503, "No"), encode({ kind: "end" })]);
    exchange.respond(body, { status: 503, headers: { "content-type": MEDIA_TYPE } });
  }],
  ["half a refusal", (exchange) => {
    exchange.respond(refusalFrame(503, "No").subarray(0, 5), { status: 503, headers: { "content-type": MEDIA_TYPE } });
  }],
  ["a goaway where there was no hello", (exchange) => {
    exchange.respond(encode({ kind: "goaway", lastOperation: 0 }), { headers: { "content-type": MEDIA_TYPE } });
  }],
  ["a server's refusal that the next try would not change", (exchange) => exchange.refuse(400)],
  ["no connection", (exchange) => exchange.reject(new TypeError("connection refused"))],
  ["a GOAWAY for an error", (exchange) => {
    const cause = new Error("connection error received: unexpected internal error encountered");
    exchange.reject(new TypeError("fetch failed", { cause }));
  }],
];

for (const kind of ["duplex", "single"] as const) {
  for (const [name, answer] of FINAL) {
    test(`P8.13 invocationLink() does not repeat an operation on a ${kind} exchange after ${name}`, async () => {
      await using bench = new InvocationBench({ exchange: kind });
      bench.mate.open({ termination: "completion" });
      answer(await bench.server.next());
      await bench.mate.expectTicket({ termination: "transmission failure" });
      await bench.clock.advance(10_000);
      await bench.server.expectNothing();
    });
  }
}

/** How Deno's `fetch` rejects where HTTP/2 says that the request has not been processed. */
const NOT_PROCESSED = [
  "connection error received: not a result of an error",
  "stream error received: refused stream before processing any application logic",
];

for (const kind of ["duplex", "single"] as const) {
  for (const why of NOT_PROCESSED) {
    test(`P7.39 invocationLink() begins an operation on a ${kind} exchange again after: ${why}`, async () => {
      await using bench = new InvocationBench({ exchange: kind });
      bench.mate.open({ termination: "completion", payload: "one" });
      (await bench.server.next()).reject(new TypeError("fetch failed", { cause: new Error(why) }));
      await bench.mate.expectNothing();
      await bench.clock.advance(50);
      const exchange = await bench.server.accept();
      await exchange.gets.expect({ operation: 1, payload: "one" });
      exchange.sends.send({ operation: 1, payload: 1, termination: "completion" }, { kind: "end" });
      await bench.mate.expectTicket({ payload: 1 });
    });
  }
}

test("S40 invocationLink() drops an operation that is given up while it waits, and tells nobody", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  bench.mate.open();
  (await bench.server.next()).refuse();
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "cancellation" });
  assertEquals(bench.link.operationCount, 0);
  await bench.clock.advance(50);
  await bench.server.expectNothing();
  bench.mate.open({ method: "next" });
  await (await bench.server.accept()).gets.expect({ operation: 1, method: "next" });
  bench.mate.send({ termination: "cancellation" });
});

test("close() ends operations that wait for another try", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  bench.mate.open();
  (await bench.server.next()).refuse();
  await bench.mate.expectNothing();
  await bench.link.close();
  await bench.mate.expectTicket({ termination: "transmission failure", message: "The link is closed" });
  assertEquals(bench.clock.pendingTimers, 0);
});

test("S40 invocationLink() bounds what an operation says while it waits", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  bench.mate.open();
  (await bench.server.next()).refuse();
  await bench.mate.expectNothing();
  for (let payload = 0; payload < 1_024; payload++) bench.mate.send({ payload });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "resource_exhausted" });
  await bench.clock.advance(50);
  await bench.server.expectNothing();
});

test("S40 invocationLink() keeps the headers of an operation that it begins again", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  const protocol = { kind: "call option", value: { headers: { "x-own": "1" } } } as const;
  bench.mate.open({ protocol });
  (await bench.server.next()).refuse();
  await bench.mate.expectNothing();
  await bench.clock.advance(50);
  const exchange = await bench.server.accept();
  assertEquals(exchange.headers.get("x-own"), "1");
  bench.mate.send({ termination: "cancellation" });
});

/** How a server can say that it has not taken the operation of a single exchange. */
const UNSTARTED: readonly (readonly [name: string, answer: (exchange: ScriptedExchange) => void])[] = [
  ["a refusal", (exchange) => exchange.refuse()],
  ["a goaway", (exchange) => {
    exchange.accept();
    exchange.sends.send({ kind: "goaway", lastOperation: 0 });
  }],
];

for (const [name, answer] of UNSTARTED) {
  test(`S40 invocationLink() sends the same request again after ${name} on a single exchange`, async () => {
    await using bench = new InvocationBench({ exchange: "single" });
    const operationId = bench.mate.open({ payload: "one", termination: "completion" });
    const first = await bench.server.next();
    const sent = await first.gets.rest();
    answer(first);
    await bench.server.expectNothing();
    await bench.clock.advance(50);
    const second = await bench.server.next();
    assertEquals(await second.gets.rest(), sent);
    second.accept();
    second.sends.send({ operation: 1, payload: "ONE", termination: "completion" });
    second.finish();
    await bench.mate.expectTicket({ operationId, sequenceNumber: 0, payload: "ONE", termination: "completion" });
    await bench.mate.expectNothing();
    assertEquals([bench.link.operationCount, bench.clock.pendingTimers], [0, 0]);
  });

  test(`S40 invocationLink() gives up after ${name} on eight single exchanges`, async () => {
    await using bench = new InvocationBench({ exchange: "single" });
    bench.mate.open({ timeout: 300_000, termination: "completion" });
    for (let tries = 1; tries <= 8; tries++) {
      answer(await bench.server.next());
      await bench.mate.expectNothing();
      await bench.clock.advance(2_000);
    }
    answer(await bench.server.next());
    await bench.mate.expectTicket({ code: "unavailable" });
  });
}

test("S40 invocationLink() leaves a single exchange that waits for another try when it is given up", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  bench.mate.open({ termination: "completion" });
  (await bench.server.next()).refuse();
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "cancellation" });
  assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
  await bench.clock.advance(50);
  await bench.server.expectNothing();
});

test("P9.6 invocationLink() does not repeat a single exchange's operation of which it has heard", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  bench.mate.open({ termination: "completion" });
  const exchange = await bench.server.next();
  exchange.respond(exchange.sends.stream, { headers: { "content-type": MEDIA_TYPE } });
  exchange.sends.send({ kind: "hello", versions: [1] }, { operation: 1, payload: 1 });
  exchange.sends.send({ kind: "goaway", lastOperation: 0 });
  await bench.mate.expectTicket({ payload: 1 });
  await bench.mate.expectTicket({ termination: "shutdown", code: "unavailable" });
  await bench.clock.advance(10_000);
  await bench.server.expectNothing();
});

test("retryPauseMs() doubles up to two seconds, and is never the same for all", () => {
  assertEquals([1, 2, 3, 6, 7, 8].map((refusals) => retryPauseMs(refusals, 1)), [50, 100, 200, 1_600, 2_000, 2_000]);
  assertEquals(retryPauseMs(3, 0), 100);
  assert(retryPauseMs(3, 0.1) < retryPauseMs(3, 0.9));
});
