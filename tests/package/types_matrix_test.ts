/**
 * The declarations of the npm package, as the versions of TypeScript read them in projects of the usual kinds: whether a
 * client's mistakes are errors there, and nothing else is. A sample, and everything at night.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { libraryProject, type NpmProject, npmProject } from "./npm_project.ts";
import { IS_NIGHTLY } from "../nightly.ts";
import { programNamed } from "../programs.ts";
import { runProcess } from "../watched_process.ts";

const { ignore } = programNamed("npm");

/** The oldest that is supported, and the first that is not written in JavaScript. */
const SAMPLE: readonly string[] = ["5.4", "7.0"];
const VERSIONS: readonly string[] = IS_NIGHTLY
  ? ["5.4", "5.5", "5.6", "5.7", "5.8", "5.9", "6.0", "7.0", "latest"]
  : SAMPLE;

type CompilerOptions = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What `create-vite` writes for the template `react-ts`, but for the target, which TypeScript 5.4 does not know. */
const VITE: CompilerOptions = {
  target: "ES2022",
  lib: ["ES2023", "DOM"],
  module: "ESNext",
  types: [],
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  moduleDetection: "force",
  jsx: "react-jsx",
};
const NODENEXT: CompilerOptions = { target: "ES2022", module: "nodenext" };
const BUNDLER: CompilerOptions = { target: "ESNext", module: "ESNext", moduleResolution: "bundler" };
const NODE: CompilerOptions = { target: "ES2022", lib: ["ES2023"], module: "nodenext", types: ["node"] };

/** A client with three mistakes, in lines 8 to 10. */
const MISTAKES = `
import { createClient, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";
const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
});
const g = createClient(Greeter, "https://example.com/rpc");
export const x: number = await g.hello("Ada");
g.helo(5);
g.count("three");
`;
const ALL_IN_ONE = MISTAKES.replace("/client", "");
const THREE = ["(8) TS2322", "(9) TS2551", "(10) TS2345"];

/** A client without mistakes, for projects that know `await using\`. */
const USING = `
import { connect, createClient, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";
const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
});
await using channel = connect("https://example.com/rpc", {
  exchange: "socket",
  webSocket: (url, protocols) => new WebSocket(url, protocols),
});
await using greeter = createClient(Greeter, channel);
await using stream = greeter.count(3);
for await (const number of stream) number.toFixed();
export const disposable: AsyncDisposable = greeter;
export const iterator: AsyncIterableIterator<number> = stream;
await greeter[Symbol.asyncDispose]();
// @ts-expect-error: it is disposed of asynchronously.
greeter[Symbol.dispose]();
// @ts-expect-error: a URL is not a number.
createClient(Greeter, 5);
// @ts-expect-error: headers are not a number.
greeter.hello("Ada", { headers: 5 });
`;

/** A server with one mistake, in line 8: Hono's types are known. */
const SERVER = `
import { Hono } from "hono";
import { defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink/server";
const WhoAmI = defineService("demo.WhoAmI", { tell: unary<void, string>(), mistake: unary<void, string>() });
const handler = ticketHandler(
  implement(WhoAmI, {
    tell: (_nothing, ctx) => ctx.http?.req.header("authorization") ?? "nobody",
    mistake: (_nothing, ctx) => ctx.http?.req.heder("authorization") ?? "nobody",
  }),
  { callerOf: (context) => context.req.header("x-user") },
);
export const app = new Hono().all("/rpc", handler);
await handler.stop(0);
`;

/** The errors of a compilation: file, line and code. Those of declarations come with their text. */
function parseErrors(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    const [, file, at, code] = /^(?:(.*?)\((\d+),\d+\): )?error (TS\d+)/.exec(line) ?? [];
    if (code === undefined) return [];
    return [file !== undefined && /^\w+\.ts$/.test(file) ? `${file}(${at}) ${code}` : line];
  });
}

/** Installs the compilers, each under a name of its own. */
function installCompilers(): Promise<NpmProject> {
  const packages = VERSIONS.map((version) =>
    `typescript-${version}@npm:typescript@${version === "latest" ? version : `~${version}.0`}`
  );
  return npmProject(packages, []);
}

/** Checks programs of a project by a compiler and returns the errors. */
async function check(
  compiler: string,
  { folder }: NpmProject,
  compilerOptions: CompilerOptions,
  files: readonly string[],
): Promise<string[]> {
  const config = await Deno.makeTempFile({ dir: folder, prefix: "tsconfig-", suffix: ".json" });
  const options = { ...compilerOptions, strict: true, noEmit: true };
  await Deno.writeTextFile(config, JSON.stringify({ compilerOptions: options, files }));
  const { code, stdout, stderr } = await runProcess("node", {
    args: [compiler, "-p", config, "--pretty", "false"],
    cwd: folder,
    mayFail: true,
  });
  const errors = parseErrors(stdout);
  assert(code === 0 || errors.length > 0, `${compiler} ended with ${code}\n${stdout}${stderr}`);
  return errors;
}

async function write({ folder }: NpmProject, programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(programs)) await Deno.writeTextFile(`${folder}/${name}`, text);
}

function inFile(name: string, errors: readonly string[]): string[] {
  return errors.map((error) => name + error);
}

Deno.test({
  name: "types: mistakes are errors, and nothing else is, whatever TypeScript and whatever project",
  ignore,
  fn: async (t) => {
    await using compilers = await installCompilers();
    await using client = await libraryProject();
    await using server = await libraryProject("hono@4", "@types/node@22");
    await write(client, { "all.ts": ALL_IN_ONE, "client.ts": MISTAKES, "using.ts": USING });
    await write(server, { "client.ts": MISTAKES, "server.ts": SERVER });

    await t.step("hono and @types/node come with no client", () => {
      const installed = Array.from(Deno.readDirSync(`${client.folder}/node_modules`), ({ name }) => name);
      assert(installed.includes("@ticketlink"));
      assert(!installed.includes("hono") && !installed.includes("@types"));
    });

    for (const version of VERSIONS) {
      const compiler = `${compilers.folder}/node_modules/typescript-${version}/bin/tsc`;

      for (const [kind, options] of Object.entries({ VITE, NODENEXT, BUNDLER })) {
        await t.step(`TypeScript ${version}, ${kind}: a client's three mistakes are errors`, async () => {
          const [skipped, checked] = await Promise.all(
            [true, false].map((skipLibCheck) =>
              check(compiler, client, { ...options, skipLibCheck }, ["all.ts", "client.ts"])
            ),
          );
          const expected = [...inFile("all.ts", THREE), ...inFile("client.ts", THREE)];
          assertEquals(skipped, expected, "with skipLibCheck");
          assertEquals(checked, expected, "without skipLibCheck");
        });
      }

      await t.step(`TypeScript ${version} takes a client for \`await using\` where the project has it`, async () => {
        const options = { ...BUNDLER, lib: ["ES2023", "ESNext.Disposable", "DOM"], skipLibCheck: false };
        assertEquals(await check(compiler, client, options, ["using.ts"]), []);
      });

      await t.step(`TypeScript ${version} checks a server by Hono's types, and a client by Node's`, async () => {
        const [both, complete] = await Promise.all([
          check(compiler, server, { ...NODE, skipLibCheck: true }, ["client.ts", "server.ts"]),
          check(compiler, server, { ...NODE, skipLibCheck: false }, ["client.ts"]),
        ]);
        assertEquals(both, [...inFile("client.ts", THREE), "server.ts(8) TS2551"]);
        // What Node's declarations lack in a TypeScript that they are not made for is not ours.
        assertEquals(complete.filter((error) => !error.includes("@types/node")), inFile("client.ts", THREE));
      });
    }
  },
});
