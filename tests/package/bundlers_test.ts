/**
 * The npm package in what compilers and bundlers make of a program: it is built and run. By day by esbuild alone, at night
 * by all of them.
 *
 * @module
 */
import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { inChromium, withoutChromium } from "../browser/in_chromium.ts";
import { nightlyTest } from "../nightly.ts";
import { programNamed } from "../programs.ts";
import { installPackages, installPrograms } from "../runtimes/install.ts";
import { runDeno, runProcess } from "../watched_process.ts";
import { greeterHandler } from "./greeter.ts";
import { libraryProject, type NpmProject, packLibrary } from "./npm_project.ts";

const { ignore } = programNamed("npm");

const ROOT = new URL("../../", import.meta.url);

/** Where the compilers and bundlers are. */
const TOOLS = new URL("npm/", import.meta.url);

/** The contract. */
const CONTRACT = `
const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});
`;

/** All four kinds of call on a channel that is there. */
const CALLS = `
const greeter = createClient(Greeter, channel);
const lines = [await greeter.hello("Ada")];
for await (const number of greeter.count(2)) lines.push(String(number));
lines.push(String(await greeter.sum([1, 2, 3])));
for await (const line of greeter.chat(["hi", "bye"])) lines.push(line);
const error = await greeter.hello("Ada", { signal: AbortSignal.abort() }).catch((reason: unknown) => reason);
lines.push(String(error instanceof RpcError));
await channel.close();
`;
const LINES = "Hello, Ada|0|1|6|You said: hi|You said: bye|true";

/** A server and a client in one program. */
const PROGRAM = `import { Hono } from "hono";
import {
  bidiStreaming, clientStreaming, connect, createClient, defineService, RpcError, serverStreaming, unary,
} from "@ticketlink/ticketlink/client";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";
${CONTRACT}
const handler = ticketHandler(implement(Greeter, {
  hello: (name, ctx) => \`Hello, \${name}\${ctx.http?.req.header("x-title") ?? ""}\`,
  async *count(limit) {
    for (let i = 0; i < limit; i++) yield i;
  },
  async sum(numbers) {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  },
  async *chat(messages) {
    for await (const message of messages) yield \`You said: \${message}\`;
  },
}));
const app = new Hono().all("/rpc", handler);
const channel = connect("http://greeter.example/rpc", { fetch: app.request });
${CALLS}
await handler.stop(0);
console.log(lines.join("|"));
`;

/** A page that calls the server it comes from. */
const PAGE = `import {
  bidiStreaming, clientStreaming, connect, createClient, defineService, RpcError, serverStreaming, unary,
} from "@ticketlink/ticketlink/client";
${CONTRACT}
const channel = connect(new URL("/rpc", location.href).href);
${CALLS}
document.title = lines.join("|");
`;

/** The functions and classes that a bundle defines, but for esbuild's own; a number tells those of one name apart. */
function definitionsIn(code: string): ReadonlySet<string> {
  const definitions = code.matchAll(/\bfunction\*? (?!__)(\w+?)\d*\(|\b(\w+?)\d* = class\b/g);
  return new Set(Array.from(definitions, ([, named, assigned]) => named ?? assigned ?? ""));
}

/** Compiles the program by TypeScript, as a project of a kind is set up, and runs what comes out on Node. */
async function compileAndRun(
  { folder }: NpmProject,
  kind: string,
  compilerOptions: Readonly<Record<string, unknown>>,
): Promise<string> {
  await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
  const config = {
    compilerOptions: { ...compilerOptions, strict: true, target: "es2022", outDir: kind, types: [] },
    files: ["program.ts"],
  };
  await Deno.writeTextFile(`${folder}/tsconfig.json`, JSON.stringify(config));
  await runTool(folder, "typescript/bin/tsc", []);
  return await runNode(folder, `${kind}/program.js`);
}

/** Runs a tool of the folder of tools, in a project. */
async function runTool(cwd: string, path: string, args: readonly string[]): Promise<string> {
  const tool = new URL(`node_modules/${path}`, TOOLS).pathname;
  const { stdout, stderr } = await runProcess("node", { args: [tool, ...args], cwd });
  return stdout + stderr;
}

async function runNode(cwd: string, path: string): Promise<string> {
  return (await runProcess("node", { args: [path], cwd })).stdout.trimEnd();
}

/** Bundles a file of a project by esbuild's own command. */
async function bundleByEsbuild(folder: string, file: string, ...options: readonly string[]): Promise<string> {
  const args = [`${folder}/${file}`, "--bundle", "--format=esm", "--platform=node", ...options];
  const { stdout } = await runDeno(["run", "-A", "npm:esbuild@0.28.2", ...args], { cwd: ROOT });
  return stdout;
}

Deno.test({
  name: "esbuild builds a program of the npm package, which runs, and leaves out what a program does not use",
  ignore,
  fn: async (t) => {
    await using project = await libraryProject("hono@4.13.19");
    const { folder } = project;

    await t.step("the program runs on Node", async () => {
      await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
      await Deno.writeTextFile(`${folder}/program.mjs`, await bundleByEsbuild(folder, "program.ts", "--minify"));
      assertEquals(await runNode(folder, "program.mjs"), LINES);
    });

    await t.step("a server holds nothing of the client, even if it imports all", async () => {
      const serving = (from: string) =>
        `import { defineService, implement, ticketHandler, unary } from "${from}";
const S = defineService("a.S", { b: unary() });
export const handler = ticketHandler(implement(S, { b: () => 1 }));
`;
      await Deno.writeTextFile(`${folder}/all.js`, serving("@ticketlink/ticketlink"));
      await Deno.writeTextFile(`${folder}/server.js`, serving("@ticketlink/ticketlink/server"));
      await Deno.writeTextFile(
        `${folder}/client.js`,
        'export { createClient } from "@ticketlink/ticketlink/client";\n',
      );
      const all = definitionsIn(await bundleByEsbuild(folder, "all.js"));
      const server = definitionsIn(await bundleByEsbuild(folder, "server.js"));
      const client = definitionsIn(await bundleByEsbuild(folder, "client.js"));
      assert(all.has("ticketHandler") && client.has("createClient") && client.has("DuplexClientTransport"));
      assertEquals(Array.from(client).filter((name) => all.has(name) && !server.has(name)), []);
    });
  },
});

nightlyTest("1 minute, and 160 MB of packages", "the npm package works in what compilers and bundlers build", {
  ignore,
  fn: async (t) => {
    const { bun } = await installPrograms();
    await installPackages(TOOLS);
    await using project = await libraryProject("hono@4.13.19", "cbor-x@1.6.8");
    const { folder } = project;

    await t.step("TypeScript with nodenext", async () => {
      assertEquals(await compileAndRun(project, "nodenext", { module: "nodenext" }), LINES);
    });

    await t.step("TypeScript with bundler", async () => {
      const options = { module: "esnext", moduleResolution: "bundler" };
      assertEquals(await compileAndRun(project, "bundler", options), LINES);
    });

    await t.step("rollup", async () => {
      await Deno.writeTextFile(`${folder}/rollup.config.mjs`, ROLLUP);
      const printed = await runTool(folder, "rollup/dist/bin/rollup", ["-c", "rollup.config.mjs"]);
      assertFalse(printed.includes("(!)"), printed);
      assertEquals(await runNode(folder, "rollup/program.js"), LINES);
    });

    await t.step("webpack", async () => {
      await Deno.writeTextFile(`${folder}/webpack.config.mjs`, WEBPACK);
      const printed = await runTool(folder, "webpack-cli/bin/cli.js", ["-c", "webpack.config.mjs"]);
      assertFalse(/WARNING|ERROR/.test(printed), printed);
      assertEquals(await runNode(folder, "webpack/program.mjs"), LINES);
    });

    await t.step("Bun's bundler", async () => {
      const args = ["build", "program.ts", "--target=bun", "--splitting", "--minify", "--outdir=bun"];
      await runProcess(bun, { args, cwd: folder });
      const { stdout } = await runProcess(bun, { args: ["bun/program.js"], cwd: folder });
      assertEquals(stdout.trimEnd(), LINES);
    });

    await t.step({
      name: "Vite's template, whose page runs in Chromium",
      ignore: withoutChromium,
      fn: () => buildPage(folder),
    });

    await t.step("publint has nothing to say", async () => {
      const printed = await runTool(folder, "publint/src/cli.js", ["--strict", "node_modules/@ticketlink/ticketlink"]);
      assertStringIncludes(printed, "All good!");
    });

    await t.step("the types resolve wherever ES modules do", async () => {
      const tarball = `${folder}/ticketlink.tgz`;
      await packLibrary(tarball);
      // Only ES modules: `require()` of them gets them too where it can.
      await runTool(folder, "@arethetypeswrong/cli/dist/index.js", [tarball, "--profile", "esm-only", "--no-emoji"]);
    });
  },
});

const ROLLUP = `
import { nodeResolve } from ${
  JSON.stringify(new URL("node_modules/@rollup/plugin-node-resolve/dist/es/index.js", TOOLS).href)
};
export default { input: "nodenext/program.js", output: { dir: "rollup", format: "es" }, plugins: [nodeResolve()] };
`;

const WEBPACK = `
import { fileURLToPath } from "node:url";
export default {
  mode: "production",
  target: "node20",
  entry: "./nodenext/program.js",
  experiments: { outputModule: true },
  output: { module: true, filename: "program.mjs", path: fileURLToPath(new URL("webpack", import.meta.url)) },
};
`;

/** Builds a page in a project that Vite's template makes, serves it and looks at it. */
async function buildPage(folder: string): Promise<void> {
  const args = ["page", "--template", "vanilla-ts", "--no-interactive", "--no-immediate"];
  await runTool(folder, "create-vite/index.js", args);
  const page = `${folder}/page`;
  const tarball = `${folder}/ticketlink.tgz`;
  await packLibrary(tarball);
  const quietly = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await runProcess("npm", { args: ["install", ...quietly, tarball], cwd: page });
  await Deno.writeTextFile(`${page}/src/main.ts`, PAGE);
  const { stdout, stderr } = await runProcess("npm", { args: ["run", "build"], cwd: page });
  assertFalse(/warn/i.test(stdout + stderr), stdout + stderr);

  await using handler = greeterHandler();
  const app = new Hono().all("/rpc", handler).get("*", async (context) => {
    const path = context.req.path === "/" ? "/index.html" : context.req.path;
    const type = path.endsWith(".js") ? "text/javascript" : path.endsWith(".css") ? "text/css" : "text/html";
    const text = await Deno.readTextFile(`${page}/dist${path}`).catch(() => undefined);
    return text === undefined ? context.notFound() : context.body(text, 200, { "content-type": type });
  });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  await inChromium(async (tab) => {
    await tab.goto(`http://127.0.0.1:${server.addr.port}/`);
    await tab.waitForFunction("document.title.includes('|')");
    assertEquals(await tab.title(), LINES);
  });
}
