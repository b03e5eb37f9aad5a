/** The library as those use it who import it by URL: no configuration, no import map, no permission but the network. */
import { assertStringIncludes } from "@std/assert";
import { runDeno } from "../watched_process.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** Serves the files of the repository on loopback. */
function serveRepository(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    try {
      const text = await Deno.readTextFile(new URL(`.${pathname}`, REPOSITORY));
      return new Response(text, { headers: { "content-type": "application/typescript" } });
    } catch (error) {
      return new Response(String(error), { status: 404 });
    }
  });
}

/** Runs a program with nothing of the repository. */
async function run(program: string, host: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-url-" });
  try {
    await Deno.writeTextFile(`${folder}/program.ts`, program);
    // Deno imports from the hosts of public registries unasked; for loopback it wants to be told.
    const permissions = ["--allow-net", `--allow-import=${host}`, "--no-prompt"];
    const args = ["run", "--check", "--no-config", ...permissions, "program.ts"];
    return (await runDeno(args, { cwd: folder })).stdout;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the package works when it is imported by URL, with the network as its only permission", async () => {
  await using server = serveRepository();
  const host = `127.0.0.1:${server.addr.port}`;
  const stdout = await run(
    `
import { Hono } from "npm:hono@^4";
import { defineService, implement, ticketHandler, unary } from "http://${host}/mod.ts";
import { createClient } from "http://${host}/src/client.ts";

const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
const handler = ticketHandler(implement(Greeter, { hello: (name) => \`Hello, \${name}\` }));
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  new Hono().all("/rpc", handler).fetch,
);
{
  await using greeter = createClient(Greeter, \`http://127.0.0.1:\${server.addr.port}/rpc\`);
  console.log(await greeter.hello("Ada"));
}
await handler.stop(0);
await server.shutdown();
`,
    host,
  );
  assertStringIncludes(stdout, "Hello, Ada");
});
