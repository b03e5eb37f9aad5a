/**
 * From an empty folder to the first call with the npm package, as somebody does it who tries the library: on Node, Deno and
 * Bun, and in a page of Vite's. Run by `deno task first-call`; says how long each took.
 */
import { assertEquals, assertFalse } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { inChromium, withoutChromium } from "../browser/in_chromium.ts";
import { codeBlocks } from "../docs/code_blocks.ts";
import { installPrograms } from "../runtimes/install.ts";
import { runProcess, WatchedProcess } from "../watched_process.ts";
import { greeterHandler } from "./greeter.ts";
import { packLibrary } from "./npm_project.ts";

const ROOT = new URL("../../", import.meta.url);

/** What npm need not do here. */
const QUIETLY = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
const HONO = "hono@4.13.19";
const NODE_SERVER = "@hono/node-server@1.19.19";
const CREATE_VITE = "create-vite@9.3.0";

/** What README.md's client prints. */
const PRINTED = "Hello, Ada\n0\n1\n6\nYou said: hi\nYou said: bye\n";

/** Where a server says that it listens. */
const LOCAL_URL = /http:\/\/[\w.:[\]]+:\d+\//;

/** Works in a folder of its own, in which there is nothing but the package beside it, and says how long that takes. */
async function inEmptyFolder(name: string, work: (folder: string, tarball: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "ticketlink-first-" });
  try {
    const tarball = `${parent}/ticketlink.tgz`;
    await packLibrary(tarball);
    await Deno.mkdir(`${parent}/app`);
    const began = performance.now();
    await work(`${parent}/app`, tarball);
    console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s from an empty folder to the first call`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** The files of README.md's quick start; the client calls the server at a URL. */
async function quickStart(): Promise<ReadonlyMap<string, string>> {
  const blocks = codeBlocks(await Deno.readTextFile(new URL("README.md", ROOT)));
  return new Map(["contract.ts", "server.ts", "client.ts"].map((file) => {
    const text = blocks.find((block) => block.file === file)?.text;
    if (text === undefined) throw new Error(`README.md shows no ${file}`);
    return [file, text];
  }));
}

async function write(folder: string, files: Iterable<readonly [name: string, text: string]>): Promise<void> {
  for (const [name, text] of files) await Deno.writeTextFile(`${folder}/${name}`, text);
}

/** Starts a server, and calls it by README.md's client. */
async function serveAndCall(
  folder: string,
  command: string,
  serve: readonly string[],
  call: readonly string[],
): Promise<void> {
  await using server = new WatchedProcess(command, { args: serve, cwd: folder });
  const url = (await server.printed(LOCAL_URL)).replace("0.0.0.0", "127.0.0.1");
  const client = `${folder}/${call.at(-1)}`;
  await Deno.writeTextFile(client, (await Deno.readTextFile(client)).replace("http://localhost:8000/", url));
  assertEquals((await runProcess(command, { args: [...call], cwd: folder })).stdout, PRINTED);
}

/** README.md's server, on whatever port is free. */
function onFreePort(server: string, serve: string): string {
  return server.replace("Deno.serve({ port: 8000 }, app.fetch);", serve);
}

Deno.test("Node: from an empty folder to the first call", async () => {
  await inEmptyFolder("Node", async (folder, tarball) => {
    await runProcess("npm", { args: ["init", "--yes", "--init-type=module"], cwd: folder });
    await runProcess("npm", { args: ["install", ...QUIETLY, tarball, HONO, NODE_SERVER], cwd: folder });
    const files = await quickStart();
    const serve = "serve({ port: 0, fetch: app.fetch }, ({ port }) => console.log(`http://127.0.0.1:${port}/`));";
    // JavaScript: Node 20 knows neither types nor `using`.
    await write(folder, [
      ["contract.js", files.get("contract.ts")?.replaceAll(/<\w+, \w+>/g, "") ?? ""],
      [
        "server.js",
        `import { serve } from "@hono/node-server";\n${onFreePort(files.get("server.ts") ?? "", serve)}`
          .replace("./contract.ts", "./contract.js"),
      ],
      [
        "client.js",
        `${files.get("client.ts")?.replace("await using", "const").replace("./contract.ts", "./contract.js")}
await greeter[Symbol.asyncDispose]();
`,
      ],
    ]);
    await serveAndCall(folder, "node", ["server.js"], ["client.js"]);
  });
});

Deno.test("Deno: from an empty folder to the first call", async () => {
  await inEmptyFolder("Deno", async (folder, tarball) => {
    await write(folder, [["package.json", '{ "type": "module" }\n']]);
    await runProcess("npm", { args: ["install", ...QUIETLY, tarball, HONO], cwd: folder });
    const files = await quickStart();
    const server = onFreePort(files.get("server.ts") ?? "", "Deno.serve({ port: 0 }, app.fetch);");
    await write(folder, [...files, ["server.ts", server]]);
    const run = ["run", "--check", "--allow-net"];
    await serveAndCall(folder, Deno.execPath(), [...run, "server.ts"], [...run, "client.ts"]);
  });
});

Deno.test("Bun: from an empty folder to the first call", async () => {
  const { bun } = await installPrograms();
  await inEmptyFolder("Bun", async (folder, tarball) => {
    await runProcess(bun, { args: ["add", tarball, HONO], cwd: folder });
    const files = await quickStart();
    const serve = "console.log(String(Bun.serve({ port: 0, fetch: app.fetch }).url));";
    await write(folder, [...files, ["server.ts", onFreePort(files.get("server.ts") ?? "", serve)]]);
    await serveAndCall(folder, bun, ["server.ts"], ["client.ts"]);
  });
});

Deno.test({
  name: "Vite: from an empty folder to the first call of a page",
  ignore: withoutChromium,
  fn: async () => {
    await using handler = greeterHandler();
    const app = new Hono().all("/rpc", handler);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
    await inEmptyFolder("Vite", async (folder, tarball) => {
      const create = ["--yes", CREATE_VITE, ".", "--template", "vanilla-ts", "--no-interactive", "--no-immediate"];
      await runProcess("npx", { args: create, cwd: folder });
      await runProcess("npm", { args: ["install", ...QUIETLY, tarball], cwd: folder });
      const files = await quickStart();
      await write(folder, [
        ["src/contract.ts", files.get("contract.ts") ?? ""],
        ["src/main.ts", PAGE],
        ["vite.config.ts", proxyTo(`http://127.0.0.1:${server.addr.port}`)],
      ]);
      await using vite = new WatchedProcess("node", { args: ["node_modules/vite/bin/vite.js"], cwd: folder });
      const url = await vite.printed(LOCAL_URL);
      await inChromium(async (tab) => {
        await tab.goto(url);
        await tab.waitForFunction("window.printed !== undefined");
        assertEquals(await tab.evaluate("window.printed"), PRINTED);
      });
      assertFalse(/warn|missing source/i.test(vite.stderr), vite.stderr);
      vite.kill("SIGTERM");
    });
  },
});

/** README.md's client, as a page. */
const PAGE = `import { createClient } from "@ticketlink/ticketlink/client";
import { Greeter } from "./contract.ts";

const greeter = createClient(Greeter, new URL("/rpc", location.href).href);
const lines: unknown[] = [await greeter.hello("Ada")];
for await (const i of greeter.count(2)) lines.push(i);
lines.push(await greeter.sum([1, 2, 3]));
for await (const line of greeter.chat(["hi", "bye"])) lines.push(line);
Object.assign(window, { printed: lines.join("\\n") + "\\n" });
`;

function proxyTo(target: string): string {
  return `export default { server: { host: "127.0.0.1", port: 0, proxy: { "/rpc": "${target}" } } };\n`;
}
