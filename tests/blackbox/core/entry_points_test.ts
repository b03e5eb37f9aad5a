import { assert, assertEquals, assertLessOrEqual, assertMatch, assertThrows } from "@std/assert";
import * as everything from "../../../mod.ts";
import * as links from "../../../src/links/mod.ts";
import { runDeno } from "../../watched_process.ts";

const { createClient, defineService, implement, MethodKind, ticketHandler, unary } = everything;
const { invocationEnd } = links;
const REPOSITORY = new URL("../../../", import.meta.url).pathname;
const Greeter = defineService("core.Greeter", { hello: unary<string, string>() });

Deno.test("MethodKind has values without spaces", () => {
  for (const value of Object.values(MethodKind)) assertMatch(value, /^\S+$/);
});

/** How TypeScript prints the type of an expression, in an error as when it is hovered. */
async function printedType(expression: string): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  const program = `import { createClient, defineService, unary } from "${REPOSITORY}mod.ts";
const Greeter = defineService("core.Greeter", { hello: unary<string, string>() });
const greeter = createClient(Greeter, "https://example.com/rpc");
export const shown: never = ${expression};
`;
  await Deno.writeTextFile(file, program);
  const args = ["check", "--quiet", "--config", `${REPOSITORY}deno.json`, file];
  const { stderr } = await runDeno(args, { mayFail: true });
  await Deno.remove(file);
  const [, type] = /Type '(.*)' is not assignable to type 'never'/.exec(stderr) ?? [];
  assert(type !== undefined, `There is no such error: ${stderr}`);
  return type;
}

Deno.test("A hovered method of a client shows its message, its options and its response", async () => {
  const printed = await printedType("greeter.hello");
  assertEquals(
    printed.replace("CallOptions | undefined", "CallOptions"),
    "(message: string, options?: CallOptions) => Promise<string>",
  );
});

/** The names that an entry point exports, types included. */
async function exportedNames(file: string): Promise<string[]> {
  const { stdout } = await runDeno(["doc", "--json", `${REPOSITORY}${file}`]);
  const { nodes }: { nodes: Record<string, { symbols: readonly { name: string }[] }> } = JSON.parse(stdout);
  return Object.values(nodes).flatMap(({ symbols }) => symbols.map(({ name }) => name));
}

/** About 40, and some room. */
const MOST_NAMES = 50;

for (const file of ["mod.ts", "src/client.ts", "src/server.ts"]) {
  Deno.test(`${file} exports what people call, and no more than ${MOST_NAMES} names`, async () => {
    const names = await exportedNames(file);
    assert(names.includes("defineService"), `It exports ${names}`);
    assertLessOrEqual(names.length, MOST_NAMES);
  });
}

Deno.test("Ends and links are exported by ./links, and not by the main entry point", () => {
  const joined = ["invocationEnd", "serviceEnd", "invocationLink", "serviceLink"];
  assertEquals(joined.filter((name) => name in links), joined);
  assertEquals(joined.filter((name) => name in everything), []);
});

Deno.test("Limits stand in a group of the options", () => {
  const service = implement(Greeter, { hello: (name) => `Hello, ${name}` });
  const options: object = { limits: { maxOperations: 0 } };
  assertThrows(() => ticketHandler(service, options), RangeError, "maxOperations");
});

Deno.test("Clients take no hook that is there for tests", async () => {
  let disposed = false;
  const options: object = {
    dispose: () => {
      disposed = true;
      return Promise.resolve();
    },
  };
  await createClient(Greeter, invocationEnd(), options)[Symbol.asyncDispose]();
  assertEquals(disposed, false);
});
