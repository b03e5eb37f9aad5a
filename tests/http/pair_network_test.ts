import { assert, assertEquals } from "@std/assert";
import { invocationLink } from "../../src/transport/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { CallerMate, NetworkBench } from "./network_bench.ts";
import { UnrulyProxy } from "./unruly_proxy.ts";

/** Says numbers one after the other, each when the one before has come back, and then some in one go. */
async function converse(caller: CallerMate): Promise<readonly unknown[]> {
  const call = caller.call("echo");
  for (let i = 0; i < 15; i++) {
    call.say({ payload: i });
    while (call.payloads.length <= i) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (let i = 15; i < 30; i++) call.say({ payload: i });
  call.say({ payload: new Uint8Array(600_000).fill(3), termination: "completion" });
  assertEquals((await call.ended).termination, "completion");
  return call.payloads;
}

for (const seed of [1, 2]) {
  test(`P7.21, P7.25 the links have a conversation in order whatever becomes of its requests, seed ${seed}`, async () => {
    await using bench = new NetworkBench("a socket");
    await using proxy = new UnrulyProxy(bench.url, seed);
    const caller = new CallerMate();
    const link = invocationLink(proxy.url, { exchange: "pair" });
    joinLinks(link, caller);
    const conversations = await Promise.all([converse(caller), converse(caller)]);
    const expected = [...Array(30).keys(), new Uint8Array(600_000).fill(3)];
    for (const payloads of conversations) assertEquals(payloads, expected);
    assertEquals(link.exchangeCount, 1);
    await link.close();
    const { none = 0, ...others } = proxy.mishaps;
    assert(none > 0 && Object.keys(others).length === 5, Deno.inspect(proxy.mishaps));
  });
}

test("S45 a client of a pair that closes its link ends its operations on the server as cancelled", async () => {
  await using bench = new NetworkBench("a socket", { exchange: "pair" });
  const call = bench.caller.call("hang");
  await call.begun;
  await bench.link.close();
  assertEquals(bench.service.exchangeCount, 0);
  assertEquals(bench.echo.aborts.map(({ termination }) => termination), ["cancellation"]);
});

test("P9.5 a pair that is old lets its operations end, and new ones go to another", async () => {
  await using bench = new NetworkBench("a socket", { exchange: "pair" }, { timeouts: { maxExchangeAgeMs: 50 } });
  const old = bench.caller.call("echo");
  await old.begun;
  // The old one stays as long as its operation; others come and go beside it when it is old.
  for (const endsAt = performance.now() + 10_000; bench.service.exchangeCount < 2;) {
    assert(performance.now() < endsAt, "There is no other exchange");
    const next = bench.caller.call("echo", { payload: 2, termination: "completion" });
    assertEquals((await next.ended).termination, "completion");
    assertEquals(next.payloads, [2]);
  }
  old.say({ payload: 1, termination: "completion" });
  assertEquals((await old.ended).termination, "completion");
  assertEquals(old.payloads, [1]);
});
