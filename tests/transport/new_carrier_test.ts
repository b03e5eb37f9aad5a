/**
 * A new carrier is a folder, here `port_transport.ts`, and a line in the choice of carriers: laws and calls show that nothing
 * else needs to know it.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { transportLaws } from "../../src/testing/mod.ts";
import { PortBench } from "./port_bench.ts";
import { PortTransport } from "./port_transport.ts";

for (
  const { name, check } of transportLaws(() => {
    const { port1, port2 } = new MessageChannel();
    return { client: new PortTransport(port1), server: new PortTransport(port2) };
  }, { showsFailureOf: ["client", "server"], quietMs: 10 })
) {
  Deno.test(`transportLaws() hold of a carrier over a port: ${name}`, check);
}

Deno.test("Carrier: calls of all four kinds work over one that is new", async () => {
  await using bench = new PortBench();
  const { client } = bench;
  assertEquals(await client.hello("Ada"), "Hello, Ada");
  assertEquals(await Array.fromAsync(client.count(200)), Array.from({ length: 200 }, (_, i) => i));
  assertEquals(await client.sum([1, 2, 3, 4]), 10);
  assertEquals(await Array.fromAsync(client.chat(["one", "two"])), ["You said: one", "You said: two"]);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => client.hello(`${i}`.repeat(10_000))));
  assertEquals(answers.map(({ length }) => length).at(-1), 20_007);
  assertEquals(bench.transports.length, 1);
});

Deno.test("Carrier: calls fail when one that is new loses its peer, and the next ones get another transport", async () => {
  await using bench = new PortBench();
  const { client } = bench;
  const calls = client.chat(async function* () {
    yield "one";
    await new Promise(() => {});
  }());
  await calls[Symbol.asyncIterator]().next();
  bench.transports[0]?.close(new Error("the worker is gone"));
  await assertRejects(
    async () => {
      for await (const _ of calls);
    },
    Error,
    "Lost the connection: the other side of the port says: the worker is gone",
  );
  assertEquals(await client.hello("again"), "Hello, again");
  assert(bench.transports.length === 2);
});
