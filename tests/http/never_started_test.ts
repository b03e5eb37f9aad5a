/** P5.11, P5.12: what a server says of operations that it has not begun, and what a client makes of it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { fromHex } from "../vectors/vectors.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { openDuplex } from "./scripted_client.ts";

const NEVER_STARTED = { termination: "shutdown", code: "unavailable", message: "Full", neverStarted: true } as const;
/** By then it has been tried as often as it is. */
const ALL_TRIED_MS = 20_000;
const PATIENT = { timeouts: { heartbeatMs: 1_000_000, idleMs: 1_000_000 } } as const;

for (const code of ["unavailable", "resource_exhausted"] as const) {
  test(`P5.12 invocationLink() begins an operation again that never started, for ${code}`, async () => {
    await using bench = new InvocationBench(PATIENT);
    bench.mate.open({ method: "m", payload: "request", timeout: 100_000 });
    const server = await bench.server.accept();
    await server.gets.expect({ operation: 1, method: "m", payload: "request" });
    server.sends.send({ operation: 1, ...NEVER_STARTED, code });
    await nextTurn();
    await bench.mate.expectNothing();
    assertEquals(bench.link.operationCount, 1);
    await bench.clock.advance(100);
    await server.gets.expect({ operation: 2, method: "m", payload: "request" });
    server.sends.send({ operation: 2, payload: "response", termination: "completion" });
    await bench.mate.expectTicket({ payload: "response", termination: "completion" });
    bench.mate.send({ termination: "completion" });
    await server.gets.expect({ operation: 2, termination: "completion" });
  });
}

test("P5.12, P8.13 invocationLink() tells the end of a refusal when it has been tried nine times", async () => {
  await using bench = new InvocationBench(PATIENT);
  bench.mate.open({ method: "m", timeout: 100_000 });
  const server = await bench.server.accept();
  for (let operation = 1; operation <= 9; operation++) {
    await server.gets.expect({ operation, method: "m" });
    await bench.mate.expectNothing();
    server.sends.send({ operation, ...NEVER_STARTED });
    await bench.clock.advance(ALL_TRIED_MS / 8);
  }
  const { message } = await bench.mate.expectTicket({ termination: "shutdown", code: "unavailable" });
  assertStringIncludes(String(message), "Full");
  await server.gets.expectNothing();
});

for (
  const [what, ticket] of [
    ["is cut off", { ...NEVER_STARTED, neverStarted: undefined }],
    ["never started for another reason", { ...NEVER_STARTED, code: "unimplemented" }],
  ] as const
) {
  test(`P5.12 invocationLink() does not begin an operation again that ${what}`, async () => {
    await using bench = new InvocationBench(PATIENT);
    bench.mate.open({ method: "m", timeout: 100_000 });
    const server = await bench.server.accept();
    await server.gets.expect({ operation: 1, method: "m" });
    server.sends.send({ operation: 1, ...ticket });
    await bench.mate.expectTicket({ termination: "shutdown", code: ticket.code });
    await bench.clock.advance(ALL_TRIED_MS);
    await server.gets.expectNothing();
  });
}

test("P5.12 invocationLink() does not begin an operation again that has been answered before", async () => {
  await using bench = new InvocationBench(PATIENT);
  bench.mate.open({ method: "m", timeout: 100_000 });
  const server = await bench.server.accept();
  await server.gets.expect({ operation: 1, method: "m" });
  server.sends.send({ operation: 1, payload: "begun" }, { operation: 1, ...NEVER_STARTED });
  await bench.mate.expectTicket({ payload: "begun" });
  await bench.mate.expectTicket({ termination: "shutdown", code: "unavailable" });
  await bench.clock.advance(ALL_TRIED_MS);
  await server.gets.expectNothing();
});

test("P5.11 serviceLink() refuses an operation whose first ticket has a critical field", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  for (const [operation, field] of [[1, 32], [2, 39]] as const) {
    // [operation, {1: "g", 2: "m", field: 0}, undefined], in a frame.
    client.sends.raw(fromHex(`4d 83 0${operation} a3 01 6167 02 616d 18${field.toString(16)} 00 f7`));
    const refusal = await client.gets.expect({
      operation,
      termination: "shutdown",
      code: "unimplemented",
      neverStarted: true,
    });
    assertStringIncludes(String("message" in refusal && refusal.message), `field ${field}`);
  }
  // Fields of other numbers are skipped.
  client.sends.raw(fromHex("4d 83 03 a3 01 6167 02 616d 1828 00 f7"));
  await bench.mate.expectTicket({ group: "g", method: "m" });
  client.sends.send({ operation: 3, termination: "cancellation" });
  await bench.mate.expectTicket({ termination: "cancellation" });
  await client.finish();
});
