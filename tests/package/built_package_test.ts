/** The npm package as it is built: what is in it, how large it is, and where its lines come from. */
import { assert, assertEquals, assertLessOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { MAX_UNPACKED_BYTES } from "../../tools/size_limits.ts";
import { readLibraryConfig } from "../../tools/build/entry_points.ts";
import { programNamed } from "../programs.ts";
import { runProcess } from "../watched_process.ts";
import { greeterHandler } from "./greeter.ts";
import { libraryProject, type NpmProject } from "./npm_project.ts";

const ROOT = new URL("../../", import.meta.url);

/** Every class and function that several entry points export, by the entry points, and whether it is the same in all. */
const SAME = `
const entries = new Map();
for (const entry of process.argv.slice(2)) {
  for (const [name, value] of Object.entries(await import("@ticketlink/ticketlink" + entry.slice(1)))) {
    if (typeof value === "function") entries.set(name, [...(entries.get(name) ?? []), [entry, value]]);
  }
}
for (const [name, found] of entries) {
  if (found.some(([, value]) => value !== found[0][1])) throw new Error(name + " is not one");
}
console.log(JSON.stringify(entries.get("RpcError").map(([entry]) => entry)));
`;

const THROWS = `
import { defineService } from "@ticketlink/ticketlink/client";
try {
  defineService(5, {});
} catch (error) {
  console.log(error.stack);
}
`;

/** A call that needs the second part of the client, which is not there. */
const CALLS_WITHOUT_ENGINE = `
import { bidiStreaming, createClient, defineService, unary } from "@ticketlink/ticketlink/client";
const Greeter = defineService("demo.Greeter", { hello: unary(), chat: bidiStreaming() });
const greeter = createClient(Greeter, process.argv[2]);
const called = [await greeter.hello("Ada")];
try {
  for await (const line of greeter.chat(["hi"])) called.push(line);
} catch (error) {
  called.push(error.code);
}
await greeter[Symbol.asyncDispose]();
console.log(called.join("|"));
`;

/** An import of a module of the package: what stands before it tells whether it is dynamic. */
const IMPORT = /(?<dynamic>import\()?"(?<path>\.{1,2}\/[\w./-]+\.js)"/g;

/** The modules that a module imports statically, however far away, and those that these import dynamically. */
async function importsOf(
  entry: string,
  read: (path: string) => Promise<string>,
): Promise<{ readonly first: ReadonlySet<string>; readonly later: ReadonlySet<string> }> {
  const first = new Set([entry]);
  const later = new Set<string>();
  for (const module of first) {
    for (const { groups: { dynamic, path = "" } = {} } of (await read(module)).matchAll(IMPORT)) {
      const target = new URL(path, `file:///${module}`).pathname.slice(1);
      (dynamic === undefined ? first : later).add(target);
    }
  }
  return { first, later };
}

async function filesIn(folder: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (!isDirectory) sizes.set(name, (await Deno.stat(path)).size);
    else for (const [within, bytes] of await filesIn(path)) sizes.set(`${name}/${within}`, bytes);
  }
  return sizes;
}

async function runNode(project: NpmProject, program: string, args: readonly string[]): Promise<string> {
  await Deno.writeTextFile(`${project.folder}/program.mjs`, program);
  const { stdout } = await runProcess("node", {
    args: ["--enable-source-maps", "program.mjs", ...args],
    cwd: project.folder,
  });
  return stdout;
}

Deno.test({
  name:
    "the npm package has one readable module an entry point, with its source map and declarations, and shared chunks",
  ignore: programNamed("npm").ignore,
  fn: async (t) => {
    await using project = await libraryProject("hono@4.13.19", "cbor-x@1.6.8");
    const folder = `${project.folder}/node_modules/@ticketlink/ticketlink`;
    const files = await filesIn(folder);
    const { entryPoints } = await readLibraryConfig();
    const read = (path: string): Promise<string> => Deno.readTextFile(`${folder}/${path}`);

    await t.step("every module is an entry point or a chunk, and has its map beside it", () => {
      const modules = Array.from(files.keys()).filter((path) => path.endsWith(".js"));
      assertEquals(
        modules.filter((path) => !path.startsWith("chunks/")).sort(),
        entryPoints.map(({ name }) => `${name}.js`).sort(),
      );
      for (const path of modules) assert(files.has(`${path}.map`), path);
      for (const { name } of entryPoints) assert(files.has(`${name}.d.ts`), name);
    });

    await t.step("importing it has no side effects, so that bundlers leave out what is not used", async () => {
      assertEquals(JSON.parse(await read("package.json")).sideEffects, false);
    });

    await t.step("the code keeps its names and lines, and names nothing of this machine", async () => {
      let code = "";
      for (const path of files.keys()) if (path.endsWith(".js")) code += await read(path);
      assertMatch(code, /^var RpcError = class .*\{$/m);
      assertMatch(code, /^function createClient\(contract, /m);
      assertLessOrEqual(code.length / code.split("\n").length, 60, "characters a line");
      for (const path of files.keys()) {
        const text = await read(path);
        assert(!text.includes(decodeURIComponent(ROOT.pathname)) && !text.includes("file:///"), path);
        assert(!text.includes("built-in-memory"), path);
      }
    });

    await t.step("it takes no more room than is said", () => {
      const bytes = Array.from(files.values()).reduce((sum, size) => sum + size, 0);
      assertLessOrEqual(bytes, MAX_UNPACKED_BYTES);
    });

    await t.step("RpcError and all else is one, whichever entry point it comes from", async () => {
      const exporting = JSON.parse(await runNode(project, SAME, entryPoints.map(({ subpath }) => subpath)));
      assertEquals(exporting, [".", "./client", "./server"]);
    });

    await t.step("the client imports its second part dynamically, from a module of its own", async () => {
      const { first, later } = await importsOf("client.js", read);
      assertEquals(later.size, 1, Array.from(later).join(" "));
      for (const module of later) assert(files.has(module) && !first.has(module), module);
      const holdDuplex = async (paths: Iterable<string>) =>
        (await Promise.all(Array.from(paths, read))).filter((text) => text.includes("DuplexClientTransport = class"));
      assertEquals((await holdDuplex(first)).length, 0);
      assertEquals((await holdDuplex(files.keys())).length, 1);
    });

    await t.step("a stack names the line of the source that throws", async () => {
      const stack = await runNode(project, THROWS, []);
      const [, path = "", line = ""] = /\n\s+at .*\/ticketlink\/(src\/[\w/]+\.ts):(\d+):/.exec(stack) ?? [];
      assert(path !== "", stack);
      const source = (await Deno.readTextFile(new URL(path, ROOT))).split("\n");
      assertStringIncludes(source[Number(line) - 1] ?? "", "new TypeError(", `${path}:${line}`);
    });

    await t.step(
      "without the file of its second part, the client makes what calls it can, and says what is missing",
      async () => {
        await using handler = greeterHandler();
        const app = new Hono().all("/rpc", handler);
        await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
        const { later } = await importsOf("client.js", read);
        for (const module of later) await Deno.remove(`${folder}/${module}`);
        const url = `http://127.0.0.1:${server.addr.port}/rpc`;
        assertEquals(await runNode(project, CALLS_WITHOUT_ENGINE, [url]), "Hello, Ada|unavailable\n");
      },
    );
  },
});
