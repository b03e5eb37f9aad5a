import { assertEquals, assertRejects } from "@std/assert";
import { invocationEnd } from "../../src/ends/mod.ts";
import { joinLinks, Subscription } from "../../src/links/mod.ts";
import { createClient, RpcError } from "../../mod.ts";
import { faultyLink, scriptedPeer } from "../../src/testing/mod.ts";
import { Probe, probe, untilAborted } from "./_probe.ts";
import { serving, settled } from "./_serving.ts";

Deno.test("S13 oneWay sends one ticket that subscribes to nothing, and resolves when it has been handed over", async () => {
  const end = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  assertEquals(await createClient(Probe, end).one(5, { oneWay: true }), undefined);
  await peer.expectTicket({ subscription: Subscription.NONE, payload: new Uint8Array([5]), termination: "completion" });
  await peer.expectNothing();
  await end.stop(0);
});

Deno.test("S13 oneWay reaches the handler, and nothing comes back", async () => {
  const seen: number[] = [];
  await using service = serving(probe({
    one: (n) => {
      seen.push(n);
      return n;
    },
  }));
  await createClient(Probe, service.end).one(5, { oneWay: true });
  await settled();
  assertEquals([seen, service.end.operationStats().completed, service.service.operationStats().completed], [[5], 1, 1]);
});

Deno.test("S13 oneWay lets a handler finish that takes its time: its signal does not abort, and nothing bounds it", async () => {
  const proceed = Promise.withResolvers<void>();
  let found: unknown;
  await using service = serving(probe({
    one: async (n, ctx) => {
      await proceed.promise;
      found = [n, ctx.signal.aborted, ctx.timeRemaining()];
      return n;
    },
  }));
  await createClient(Probe, service.end).one(5, { oneWay: true });
  proceed.resolve();
  await settled();
  assertEquals(found, [5, false, Infinity]);
});

Deno.test("S13 oneWay tells nothing of a handler that throws, but the server's reporter hears of it", async () => {
  const error = new Error("Broken");
  await using service = serving(probe({ one: () => Promise.reject(error) }));
  await createClient(Probe, service.end).one(5, { oneWay: true });
  await settled();
  assertEquals(service.errors, [error]);
});

Deno.test("oneWay rejects when the link does not take it", async () => {
  const end = invocationEnd({ onError: () => {} });
  joinLinks(end, faultyLink(scriptedPeer(), { accepted: { throwOn: () => true } }));
  end.start();
  const error = await assertRejects(() => createClient(Probe, end).one(5, { oneWay: true }), RpcError);
  assertEquals([error.code, error.origin], ["unavailable", "transport"]);
  await end.stop(0);
});

Deno.test("S13 discardResponse waits for the end; the response is not sent", async () => {
  const end = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  const call = createClient(Probe, end).one(5, { discardResponse: true });
  await peer.expectTicket({ subscription: Subscription.TERMINATION, payload: new Uint8Array([5]) });
  peer.send({ termination: "completion" });
  assertEquals(await call, undefined);
  await end.stop(0);
});

Deno.test("discardResponse resolves when the handler has succeeded", async () => {
  await using service = serving(probe({ one: (n) => n + 1 }));
  assertEquals(await createClient(Probe, service.end).one(5, { discardResponse: true }), undefined);
});

Deno.test("discardResponse rejects with the handler's error", async () => {
  await using service = serving(probe({
    one: () => {
      throw new RpcError("not_found", "No such number");
    },
  }));
  const call = createClient(Probe, service.end).one(5, { discardResponse: true });
  const error = await assertRejects(() => call, RpcError);
  assertEquals([error.code, error.message], ["not_found", "No such number"]);
});

Deno.test("discardResponse can be cancelled", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(5, { discardResponse: true, signal: controller.signal });
  await settled();
  controller.abort();
  assertEquals((await assertRejects(() => call, RpcError)).code, "cancelled");
});

for (const option of ["oneWay", "discardResponse"] as const) {
  Deno.test(`${option} is refused by calls that are not unary`, async () => {
    await using service = serving(probe({}));
    const client = createClient(Probe, service.end);
    const says = "only a unary call can do without its response";
    await assertRejects(() => client.fold([1], { [option]: true }), TypeError, says);
    await assertRejects(() => client.many(1, { [option]: true }).next(), TypeError, says);
    await assertRejects(() => client.both([1], { [option]: true }).next(), TypeError, says);
    assertEquals(service.end.operationStats().cancelled, 0);
  });
}
