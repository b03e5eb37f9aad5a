import { assertEquals } from "@std/assert";
import { BEGUN_ATTEMPT_MS } from "../../src/limits.ts";
import type { OperationId } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { openDuplex, openSingle, type ScriptedClient } from "./scripted_client.ts";

const ATTEMPT = Uint8Array.of(1, 2, 3, 4);
const OPENING = { operation: 1, group: "g", method: "m", subscription: "full", timeout: 1_000 } as const;
const REFUSAL = { termination: "shutdown", code: "unavailable", neverStarted: true } as const;
const SINGLE = { ...OPENING, termination: "completion" } as const;

/** Checks that an exchange is told that its operations have begun elsewhere, but not that they have not. */
async function expectRepeated({ gets }: ScriptedClient): Promise<void> {
  await gets.expectExactly({
    kind: "end",
    code: "unavailable",
    message: "Cannot begin the operations: the request has been repeated on its way, and they have begun already",
  });
  assertEquals(await gets.rest(), []);
}

test("P7.42 serviceLink() begins nothing of a request that has come before", async () => {
  await using bench = new ServiceBench();
  const first = await openDuplex(bench.fetch, PATH, { hello: { attempt: ATTEMPT } });
  first.sends.send(OPENING);
  await bench.mate.expectTicket({ group: "g" });
  await expectRepeated(await openSingle(bench.fetch, PATH, [SINGLE], { hello: { attempt: ATTEMPT.slice() } }));
  await bench.mate.expectNothing();
  // The first goes on.
  first.sends.send({ operation: 1, termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  bench.mate.send({ termination: "completion" });
  await first.gets.expect({ operation: 1, termination: "completion" });
  await first.finish();
});

test("P7.42 serviceLink() remembers what has begun when it is over, for a minute", async () => {
  await using bench = new ServiceBench();
  for (const isForgotten of [false, true]) {
    if (isForgotten) await bench.clock.advance(BEGUN_ATTEMPT_MS);
    const first = await openSingle(bench.fetch, PATH, [SINGLE], { hello: { attempt: ATTEMPT } });
    await bench.mate.expectTicket({ group: "g" });
    bench.mate.send({ termination: "completion" });
    await first.gets.rest();
    await bench.clock.advance(BEGUN_ATTEMPT_MS - 1);
    await expectRepeated(await openSingle(bench.fetch, PATH, [SINGLE], { hello: { attempt: ATTEMPT } }));
    await bench.clock.advance(1);
  }
});

test("P7.42 serviceLink() takes a request for new of which nothing has begun, and one that names no attempt", async () => {
  await using bench = new ServiceBench();
  await (await openDuplex(bench.fetch, PATH, { hello: { attempt: ATTEMPT } })).finish();
  for (const hello of [{ attempt: ATTEMPT }, { attempt: Uint8Array.of(9) }, {}, {}]) {
    const client = await openSingle(bench.fetch, PATH, [SINGLE], { hello });
    await bench.mate.expectTicket({ group: "g" });
    bench.mate.send({ termination: "completion" });
    await client.gets.rest();
  }
});

test("P7.42 serviceLink() takes a request for new that its end has refused", async () => {
  await using bench = new ServiceBench();
  const plain = { ...SINGLE, methodKind: "unary", payload: 1 } as const;
  for (const frames of [[SINGLE], [SINGLE], [plain], [plain]]) {
    const opened = openSingle(bench.fetch, PATH, frames, { hello: { attempt: ATTEMPT } });
    await bench.mate.expectTicket({ group: "g" });
    bench.mate.send(REFUSAL);
    const { gets } = await opened;
    await gets.expect({ operation: 1, ...REFUSAL });
    await gets.rest();
  }
});

test("P7.42 serviceLink() begins nothing of a request that its end has refused in part", async () => {
  await using bench = new ServiceBench();
  const first = await openDuplex(bench.fetch, PATH, { hello: { attempt: ATTEMPT } });
  first.sends.send({ ...SINGLE, operation: 1 });
  const refused = await bench.mate.expectTicket({ group: "g" });
  first.sends.send({ ...SINGLE, operation: 2 });
  const begun = await bench.mate.expectTicket({ group: "g" });
  bench.mate.send({ operationId: refused.operationId, ...REFUSAL });
  await first.gets.expect({ operation: 1, ...REFUSAL });
  await expectRepeated(await openSingle(bench.fetch, PATH, [SINGLE], { hello: { attempt: ATTEMPT } }));
  bench.mate.send({ operationId: begun.operationId, termination: "completion" });
  await first.gets.expect({ operation: 2, termination: "completion" });
  await first.finish();
});

test("P7.42 serviceLink() remembers for a minute what has begun after its end had refused it", async () => {
  await using bench = new ServiceBench();
  const begin = async (attempt: Uint8Array): Promise<OperationId> => {
    await openSingle(bench.fetch, PATH, [SINGLE], { hello: { attempt } });
    return (await bench.mate.expectTicket({ group: "g" })).operationId;
  };
  const refused = await begin(ATTEMPT);
  const completed = [await begin(Uint8Array.of(9))];
  bench.mate.send({ operationId: refused, ...REFUSAL });
  await bench.clock.advance(1_000);
  completed.push(await begin(ATTEMPT));
  await bench.clock.advance(BEGUN_ATTEMPT_MS - 500);
  completed.push(await begin(Uint8Array.of(8)));
  await expectRepeated(await openSingle(bench.fetch, PATH, [SINGLE], { hello: { attempt: ATTEMPT } }));
  for (const operationId of completed) bench.mate.send({ operationId, termination: "completion" });
});
