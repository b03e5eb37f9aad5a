import { assertEquals } from "@std/assert";
import { NetworkBench } from "./network_bench.ts";

for (const way of ["app.request", "a socket"] as const) {
  Deno.test(`invocationLink() carries a conversation on a pair over ${way}`, async () => {
    await using bench = new NetworkBench(way, { exchange: "pair" });
    const call = bench.caller.call("echo", { payload: 0 });
    for (let i = 1; i < 200; i++) call.say({ payload: i });
    await call.begun;
    call.say({ termination: "completion" });
    assertEquals((await call.ended).termination, "completion");
    assertEquals(call.payloads, Array.from({ length: 200 }, (_, i) => i));
  });
}
