/** The npm package in a client on Node: it needs neither Hono nor anything else that only servers have. */
import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { defineService, implement, serverStreaming, ticketHandler, unary } from "../../src/server.ts";
import { libraryProject } from "./npm_project.ts";
import { programNamed } from "../programs.ts";
import { runProcess } from "../watched_process.ts";

const CLIENT = `
import { createClient, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";

const Greeter = defineService("demo.Greeter", { hello: unary(), count: serverStreaming() });
const greeter = createClient(Greeter, process.argv[2], { timeoutMs: 3_000 });
console.log(await greeter.hello("Ada"));
for await (const number of greeter.count(3)) console.log(number);
await greeter[Symbol.asyncDispose]();
`;

Deno.test({
  name: "the npm package calls from Node without any other package: hono and cbor-x are optional peers",
  ignore: programNamed("npm").ignore,
  fn: async () => {
    const Greeter = defineService("demo.Greeter", {
      hello: unary<string, string>(),
      count: serverStreaming<number, number>(),
    });
    await using handler = ticketHandler(implement(Greeter, {
      hello: (name) => `Hello, ${name}`,
      async *count(limit) {
        for (let i = 0; i < limit; i++) yield i;
      },
    }));
    const app = new Hono().all("/rpc", handler);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);

    await using project = await libraryProject();
    const installed = `${project.folder}/node_modules`;
    const packages = Array.from(Deno.readDirSync(installed), ({ name }) => name).filter((name) =>
      !name.startsWith(".")
    );
    assertEquals(packages, ["@ticketlink"]);
    const manifest = JSON.parse(await Deno.readTextFile(`${installed}/@ticketlink/ticketlink/package.json`));
    assertEquals(manifest.dependencies, undefined);
    assertEquals(manifest.peerDependencies, { "cbor-x": "^1.6.8", hono: "^4" });
    assertEquals(manifest.peerDependenciesMeta, { "cbor-x": { optional: true }, hono: { optional: true } });

    await Deno.writeTextFile(`${project.folder}/client.js`, CLIENT);
    const { stdout } = await runProcess("node", {
      args: ["client.js", `http://127.0.0.1:${server.addr.port}/rpc`],
      cwd: project.folder,
    });
    assertEquals(stdout, "Hello, Ada\n0\n1\n2\n");
  },
});
