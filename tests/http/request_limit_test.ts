/** What a client learns of limits on the length of requests. */
import { assertEquals, assertMatch } from "@std/assert";
import { RequestLimit } from "../../src/transport/client/request_limit.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";

const MIB = 1_048_576;

test("RequestLimit learns from two cuts at like lengths, and from one refusal", () => {
  const limit = new RequestLimit();
  assertEquals(limit.maxBytes, Infinity);
  limit.cut(10 * MIB);
  limit.cut(2 * MIB);
  assertEquals(limit.maxBytes, Infinity);
  limit.cut(1.5 * MIB);
  assertEquals(limit.maxBytes, 0.75 * MIB);
  limit.cut(4 * MIB);
  limit.cut(4 * MIB);
  assertEquals(limit.maxBytes, 0.75 * MIB);
  limit.refused(MIB);
  assertEquals(limit.maxBytes, 0.5 * MIB);
});

test("RequestLimit takes cuts for no limit where a longer request has come through", () => {
  const limit = new RequestLimit();
  limit.cut(2 * MIB);
  limit.passed(3 * MIB);
  limit.cut(2 * MIB);
  assertEquals(limit.maxBytes, Infinity);
  limit.passed(MIB);
  limit.cut(2 * MIB);
  assertEquals(limit.maxBytes, MIB);
  limit.passed(3 * MIB);
  assertEquals(limit.maxBytes, Infinity);
});

test("RequestLimit does not fall below 32 KiB", () => {
  const limit = new RequestLimit();
  limit.refused(100);
  assertEquals(limit.maxBytes, 32_768);
});

/** Makes an upload on the next exchange, which is cut after so many bytes. */
async function cutAfter(bench: InvocationBench, bytes: number): Promise<string> {
  const operationId = bench.mate.open({ payload: new Uint8Array(bytes) });
  const exchange = await bench.server.accept();
  await exchange.gets.expect({ operation: 1 });
  exchange.sends.error(new Error("reset"));
  const { code, message } = await bench.mate.expectTicket({ operationId, termination: "transmission failure" });
  assertEquals(code, "unavailable");
  return String(message);
}

test("invocationLink() ends a duplex exchange before it is as long as others that have been cut", async () => {
  const events: unknown[] = [];
  await using bench = new InvocationBench({
    exchange: "duplex",
    timeouts: { idleMs: 1_000_000, heartbeatMs: 1_000_000 },
    onExchange: ({ message }) => events.push(message),
  });
  assertMatch(
    await cutAfter(bench, 110_000),
    /^Lost the connection: reset; after 110\d{3} bytes of the request, whose/,
  );
  await cutAfter(bench, 100_000);
  const operationId = bench.mate.open({ payload: new Uint8Array(60_000) });
  const first = await bench.server.accept();
  await first.gets.expect({ operation: 1 });
  const next = bench.mate.open();
  const second = await bench.server.accept();
  await second.gets.expect({ operation: 1 });
  first.sends.send({ operation: 1, payload: "done", termination: "completion" });
  await bench.mate.expectTicket({ operationId, payload: "done" });
  bench.mate.send({ operationId, termination: "completion" });
  await first.gets.expect({ operation: 1, termination: "completion" });
  await first.gets.expect({ kind: "end" });
  first.finish();
  assertEquals(events.slice(0, 2), [undefined, undefined]);
  for (const message of events.slice(2)) assertMatch(String(message), /no more calls after 50\d{3} bytes/);
  bench.mate.send({ operationId: next, termination: "cancellation" });
});

test("invocationLink() learns nothing from cuts between which a longer exchange has ended well", async () => {
  const events: unknown[] = [];
  await using bench = new InvocationBench({ exchange: "duplex", onExchange: ({ message }) => events.push(message) });
  await cutAfter(bench, 110_000);
  const payload = new Uint8Array(150_000);
  const operationId = bench.mate.open({ payload, termination: "completion" });
  const longer = await bench.server.accept();
  await longer.gets.expect({ operation: 1 });
  await longer.gets.expect({ operation: 1, termination: "completion" });
  longer.sends.send({ operation: 1, payload: "done", termination: "completion" });
  await bench.mate.expectTicket({ operationId, payload: "done" });
  await bench.clock.advance(1_000);
  await longer.gets.expect({ kind: "end" });
  longer.finish();
  await cutAfter(bench, 100_000);
  bench.mate.open();
  await (await bench.server.accept()).gets.expect({ operation: 1 });
  assertEquals(events, [undefined, undefined, undefined, undefined]);
  bench.mate.send({ termination: "cancellation" });
});

test("invocationLink() learns nothing from short exchanges that are cut", async () => {
  await using bench = new InvocationBench({ exchange: "duplex" });
  for (let time = 0; time < 3; time++) assertEquals(await cutAfter(bench, 10_000), "Lost the connection: reset");
});

test("invocationLink() says how long a request is that is answered with 413", async () => {
  await using bench = new InvocationBench({ exchange: "single" });
  bench.mate.open({ payload: new Uint8Array(10_000), termination: "completion" });
  (await bench.server.next()).respond("No", { status: 413 });
  const { message } = await bench.mate.expectTicket({ code: "resource_exhausted" });
  assertMatch(String(message), /status 413.*; the request has 10\d{3} bytes$/);
});
