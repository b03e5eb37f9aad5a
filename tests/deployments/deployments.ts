/**
 * The examples of deployments, each started on its real runtime and called there: `deno task deployments`. What the library's
 * own code does on these runtimes is the conformance suite's business; here it is that the examples do what they say.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, createClient, type ExchangeKind, RpcError } from "../../src/client.ts";
import { Greeter } from "../../examples/deno-deploy/contract.ts";
import { Room } from "../../examples/cloudflare-worker/contract.ts";
import { copyExample, installation, run, type Site, start } from "./site.ts";
import { startWorker } from "./worker.ts";

const PRINTED = ["Hello, Ada", "count: 0", "count: 1", "count: 2", "sum: 6", "You said: hi", "You said: bye"];
const LOCAL_URL = /http:\/\/127\.0\.0\.1:\d+\/rpc/;

/** Calls all four kinds on a kind of exchange, bidirectional streaming where it can. */
async function callAll(url: string, exchange: ExchangeKind): Promise<string[]> {
  await using channel = connect(url, { exchange });
  const greeter = createClient(Greeter, channel);
  const lines = [await greeter.hello("Ada")];
  for await (const number of greeter.count(3)) lines.push(`count: ${number}`);
  lines.push(`sum: ${await greeter.sum([1, 2, 3])}`);
  if (exchange === "single") return [...lines, ...PRINTED.slice(-2)];
  for await (const answer of greeter.chat(["hi", "bye"])) lines.push(answer);
  assertEquals(channel.link.exchange, exchange);
  return lines;
}

async function callOn(site: Site, ...exchanges: ExchangeKind[]): Promise<void> {
  for (const exchange of exchanges) assertEquals(await callAll(site.url, exchange), PRINTED, exchange);
}

Deno.test("examples/node serves, is called by its own client, and stops when it is told to", async () => {
  const cwd = await copyExample("node");
  const { programs: { node } } = installation;
  await using site = await start({ command: node, args: ["server.js"], cwd, env: { PORT: "0" }, prints: LOCAL_URL });
  assertEquals(await run(node, ["client.js", site.url], cwd), PRINTED);
  await callOn(site, "duplex", "single", "pair", "socket");
});

Deno.test("examples/bun serves, is called by its own client, and stops when it is told to", async () => {
  const cwd = await copyExample("bun");
  const { programs: { bun } } = installation;
  await using site = await start({ command: bun, args: ["server.ts"], cwd, env: { PORT: "0" }, prints: LOCAL_URL });
  assertEquals(await run(bun, ["client.ts", site.url], cwd), PRINTED);
  await callOn(site, "duplex", "single", "pair", "socket");
});

Deno.test("examples/deno-deploy serves with `deno serve`", async () => {
  const args = ["serve", "--port=0", "--host=127.0.0.1", "--allow-net", "examples/deno-deploy/main.ts"];
  const cwd = new URL("../../", import.meta.url).pathname;
  await using site = await start({ command: Deno.execPath(), args, cwd, prints: /http:\/\/127\.0\.0\.1:\d+\// });
  await callOn({ ...site, url: `${site.url}rpc` }, "duplex", "single", "pair", "socket");
});

Deno.test("examples/cloudflare-worker serves from the Worker itself, but for pairs", async () => {
  await using worker = await startWorker();
  await callOn({ ...worker, url: `${worker.url}rpc` }, "duplex", "single", "socket");
  const { code } = await assertRejects(() => callAll(`${worker.url}rpc`, "pair"), RpcError);
  assertEquals(code, "unimplemented");
});

Deno.test("examples/cloudflare-worker joins what different requests bring in a Durable Object", async () => {
  await using worker = await startWorker();
  for (const exchange of ["pair", "socket", "duplex"] as const) {
    await using ada = createClient(Room, `${worker.url}rooms/${exchange}`, { exchange });
    await using grace = createClient(Room, `${worker.url}rooms/${exchange}`, { exchange });
    const letGo = Promise.withResolvers<void>();
    const says = async function* (by: string) {
      yield { by, text: "hi" };
      await letGo.promise;
    };
    const heardByAda = ada.join(says("Ada"))[Symbol.asyncIterator]();
    assertEquals((await heardByAda.next()).value, { by: "Ada", text: "hi" });
    const heardByGrace = grace.join(says("Grace"))[Symbol.asyncIterator]();
    assertEquals((await heardByGrace.next()).value, { by: "Grace", text: "hi" });
    assertEquals((await heardByAda.next()).value, { by: "Grace", text: "hi" });
    assertEquals(await grace.count(), 2);
    letGo.resolve();
    assert((await heardByAda.next()).done);
    assert((await heardByGrace.next()).done);
    assertEquals(await grace.count(), 0);
  }
});
