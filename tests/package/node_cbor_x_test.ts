/** `cborXSerializer()` of the npm package on Node, with cbor-x beside it, against a server on Deno. */
import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { defineService, implement, ticketHandler, unary } from "../../src/server.ts";
import { cborXSerializer } from "../../src/cbor_x.ts";
import { libraryProject } from "./npm_project.ts";
import { programNamed } from "../programs.ts";
import { runProcess } from "../watched_process.ts";

const CLIENT = `
import { createClient, defineService, unary } from "@ticketlink/ticketlink/client";
import { cborXSerializer } from "@ticketlink/ticketlink/cbor-x";
import { deepStrictEqual, strictEqual, throws } from "node:assert";

const Echo = defineService("demo.Echo", { echo: unary({ serializer: cborXSerializer() }) });
const echo = createClient(Echo, process.argv[2], { timeoutMs: 3_000 });
const messages = [
  Array.from({ length: 500 }, (_, id) => ({ id, name: "name " + id, bytes: new Uint8Array([id]) })),
  Array.from({ length: 300 }, (_, i) => ({ ["shape " + i]: { ["inner " + i % 7]: i } })),
  { text: "水".repeat(1_000_000), when: new Date(1), big: 2n ** 80n, map: new Map([[{ a: 1 }, 1n]]), set: new Set(["a"]) },
  [{ a: 1, __keys__: 2 }, { a: 3 }],
];
deepStrictEqual(await Promise.all(messages.map((message) => echo.echo(message))), messages);
await echo[Symbol.asyncDispose]();

const serializer = cborXSerializer();
const sent = messages.map((message) => serializer.serialize(message));
for (const bytes of sent) strictEqual(Object.getPrototypeOf(bytes), Uint8Array.prototype);
const received = Buffer.from(sent[0]);
const [row] = serializer.deserialize(received);
received.fill(0xff);
deepStrictEqual(row, messages[0][0]);
strictEqual(row.bytes.buffer.byteLength, 1);
deepStrictEqual(sent.reverse().map((bytes) => cborXSerializer().deserialize(bytes)), messages.toReversed());
throws(() => serializer.serialize(JSON.parse('{ "__proto__": 1 }')), TypeError);
console.log("done");
`;

Deno.test({
  name: "cborXSerializer() of the npm package works on Node, and with a server on Deno",
  ignore: programNamed("npm").ignore,
  fn: async () => {
    const Echo = defineService("demo.Echo", { echo: unary<unknown, unknown>({ serializer: cborXSerializer() }) });
    await using handler = ticketHandler(implement(Echo, { echo: (message) => message }));
    const app = new Hono().all("/rpc", handler);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);

    await using project = await libraryProject("cbor-x@1.6.8");
    await Deno.writeTextFile(`${project.folder}/client.js`, CLIENT);
    const { stdout } = await runProcess("node", {
      args: ["client.js", `http://127.0.0.1:${server.addr.port}/rpc`],
      cwd: project.folder,
    });
    assertEquals(stdout, "done\n");
  },
});
