/**
 * The tree that a tag holds, served as it stands: the built files as those use them who import by URL, with the network as
 * their only permission.
 */
import { assert, assertEquals, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { type LibraryConfig, readLibraryConfig } from "../../tools/build/entry_points.ts";
import { inChromium, withoutChromium } from "../browser/in_chromium.ts";
import { codeBlocks } from "../docs/code_blocks.ts";
import { runDeno } from "../watched_process.ts";
import { greeterHandler } from "./greeter.ts";

/** Where README.md imports from. */
const WRITTEN_BASE = "https://example.com/ticketlink@0.1.0/";

/** All four kinds, as a page calls them. */
const CALLS = `
const Greeter = defineService("demo.Greeter", {
  hello: unary(), count: serverStreaming(), sum: clientStreaming(), chat: bidiStreaming(),
});
const greeter = createClient(Greeter, new URL("/rpc", base).href);
const lines = [await greeter.hello("Ada")];
for await (const number of greeter.count(2)) lines.push(String(number));
lines.push(String(await greeter.sum([1, 2, 3])));
for await (const line of greeter.chat(["hi", "bye"])) lines.push(line);
await greeter[Symbol.asyncDispose]();
`;
const IMPORTS = "bidiStreaming, clientStreaming, createClient, defineService, serverStreaming, unary";
const LINES = ["Hello, Ada", "0", "1", "6", "You said: hi", "You said: bye"];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  ts: "application/typescript",
  html: "text/html",
};

/** A server of files that also serves the Greeter, and notes which modules it is asked for. */
class TagServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #handler = greeterHandler();
  readonly asked: string[] = [];

  constructor(folder: string) {
    const app = new Hono().all("/rpc", this.#handler).get("*", async (context) => {
      const { pathname } = new URL(context.req.url);
      this.asked.push(pathname);
      const text = await Deno.readTextFile(folder + pathname).catch(() => undefined);
      const type = CONTENT_TYPES[pathname.split(".").at(-1) ?? ""] ?? "text/plain";
      return text === undefined ? context.notFound() : context.body(text, 200, { "content-type": type });
    });
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  }

  /** Where it is, without a slash at the end. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handler.stop(0);
    await this.#server.shutdown();
  }
}

/** Runs a program with nothing of the repository but the import map of README.md. */
async function run(program: string, { host }: TagServer, checked: "--check" | "--no-check"): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-url-" });
  try {
    const { imports } = await writtenConfig();
    const served = Object.entries(imports).map(([name, url]) => [name, url.replace(WRITTEN_BASE, `http://${host}/`)]);
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports: Object.fromEntries(served) }));
    // It pins cbor-x without its native parts, as the repository does.
    await Deno.copyFile(new URL("../../deno.lock", import.meta.url), `${folder}/deno.lock`);
    await Deno.writeTextFile(`${folder}/program.ts`, program);
    const permissions = [`--allow-net=${host}`, `--allow-import=${host}`, "--no-prompt"];
    // A port may have been another server's.
    const args = ["run", checked, `--reload=http://${host}/`, ...permissions, "program.ts"];
    return (await runDeno(args, { cwd: folder })).stdout;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What README.md shows of imports by URL. */
async function writtenConfig(): Promise<{ readonly imports: Readonly<Record<string, string>> }> {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const block = codeBlocks(readme).find(({ language, text }) => language === "json" && text.includes(WRITTEN_BASE));
  assert(block !== undefined, "README.md shows imports by URL");
  return JSON.parse(block.text);
}

Deno.test("the tree of a tag holds built files that are imported by URL as README.md shows it", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-release-" });
  try {
    const tool = new URL("../../tools/release.ts", import.meta.url).pathname;
    await runDeno(["run", "-A", tool, folder]);
    const config = await readLibraryConfig();

    await t.step(
      "each entry point is one minified module that says where its types are",
      () => showsEntryPoints(folder, config),
    );

    await t.step("it has the sources, the licence and a notice of what is of others", async () => {
      for (const path of ["mod.ts", "src/client.ts", "PROTOCOL.md", "deno.json", "LICENSE", "dist/LICENSE"]) {
        assert((await Deno.stat(`${folder}/${path}`)).isFile, path);
      }
      assertStringIncludes(
        await Deno.readTextFile(`${folder}/dist/THIRD_PARTY_NOTICES.md`),
        "They hold no code of others",
      );
    });

    await t.step("README.md lists every entry point, of this version", async () => {
      const { imports } = await writtenConfig();
      const listed = Object.entries(imports).filter(([name]) => name !== "hono");
      assertEquals(
        listed,
        config.entryPoints.map(({ subpath, name }) => [
          config.name + subpath.slice(1),
          `${WRITTEN_BASE}dist/${name}.js`,
        ]),
      );
      assertStringIncludes(WRITTEN_BASE, `@${config.version}/`);
    });

    await t.step("a client calls all four kinds, after a few requests for modules", async () => {
      await using server = new TagServer(folder);
      const program = `import { ${IMPORTS} } from "@ticketlink/ticketlink/client";
const base: string = "http://${server.host}/";
${CALLS}
console.log(lines.join("\\n"));
`;
      assertEquals((await run(program, server, "--no-check")).trimEnd().split("\n"), LINES);
      assertLessOrEqual(server.asked.length, 14, server.asked.join(" "));
    });

    await t.step(
      "a program is checked by the declarations, and its RpcError is the same from all entry points",
      async () => {
        await using server = new TagServer(folder);
        const program = `import { Hono } from "hono";
import { RpcError } from "@ticketlink/ticketlink";
import { createClient, defineService, RpcError as OfClients, unary } from "@ticketlink/ticketlink/client";
import { implement, RpcError as OfServers, ticketHandler } from "@ticketlink/ticketlink/server";
import { virtualClock } from "@ticketlink/ticketlink/testing";
import { joinLinks } from "@ticketlink/ticketlink/links";
import { cborXSerializer } from "@ticketlink/ticketlink/cbor-x";

const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
const handler = ticketHandler(implement(Greeter, {
  hello: (name, ctx) => \`Hello, \${name}\${ctx.http?.req.header("x-title") ?? ""}\`,
}));
const app = new Hono().all("/rpc", handler);
const greeter = createClient(Greeter, "/rpc", { fetch: app.request });
console.log(await greeter.hello("Ada"));
// @ts-expect-error: a number is no string.
await greeter.hello(5).catch(() => "it is refused");
// @ts-expect-error: there is no such header function.
implement(Greeter, { hello: (name, ctx) => name + ctx.http?.req.heder("x") });
await greeter[Symbol.asyncDispose]();
await handler.stop(0);
console.log(RpcError === OfClients && RpcError === OfServers, [virtualClock, joinLinks, cborXSerializer].length);
`;
        const stdout = await run(program, server, "--check");
        assertEquals(stdout.trimEnd().split("\n"), ["Hello, Ada", "true 3"]);
      },
    );

    await t.step({
      name: "a page in Chromium imports the client by URL and calls all four kinds",
      ignore: withoutChromium,
      fn: async () => {
        const page = `<script type="module">
import { ${IMPORTS} } from "/dist/client.js";
const base = location.href;
${CALLS}
document.title = lines.join("|");
</script>`;
        await Deno.writeTextFile(`${folder}/page.html`, page);
        await using server = new TagServer(folder);
        await inChromium(async (tab) => {
          await tab.goto(`http://${server.host}/page.html`);
          await tab.waitForFunction("document.title !== ''");
          assertEquals((await tab.title()).split("|"), LINES);
        });
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function showsEntryPoints(folder: string, { entryPoints }: LibraryConfig): Promise<void> {
  for (const { name } of entryPoints) {
    const code = await Deno.readTextFile(`${folder}/dist/${name}.js`);
    const [first, ...lines] = code.trimEnd().split("\n");
    assertEquals(first, `// @ts-self-types="./${name}.d.ts"`);
    assert((await Deno.stat(`${folder}/dist/${name}.d.ts`)).isFile, name);
    // A line of code, but for line breaks in strings, and the reference to the map.
    assertLessOrEqual(lines.length, 5, name);
  }
}
