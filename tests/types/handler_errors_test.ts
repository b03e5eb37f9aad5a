/**
 * What the compilers print of a wrong handler: the cause is in the first three lines.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { nightlyTest } from "../nightly.ts";
import { libraryProject } from "../package/npm_project.ts";
import { programNamed } from "../programs.ts";
import { runDeno, runProcess } from "../watched_process.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname;

/** Handlers that are right, by the names of the methods. */
const HANDLERS = {
  hello: "hello: (name) => `Hello, ${name}`",
  find: 'find: ({ id }) => ({ id, name: "Ada" })',
  count: "async *count(n) { for (let i = 0; i < n; i++) yield i; }",
  list: "list: () => []",
  sum: "async sum(numbers) { let sum = 0; for await (const n of numbers) sum += n; return sum; }",
  chat: "async *chat(messages) { yield* messages; }",
};

const CONTRACT = `
interface User { readonly id: number; readonly name: string }
const Greeter = defineService("types.Greeter", {
  hello: unary<string, string>(),
  find: unary<{ readonly id: number }, User | undefined>(),
  count: serverStreaming<number, number>(),
  list: serverStreaming<void, User>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});
`;

/** A mistake, and the beginning of what is printed of it. */
interface Mistake {
  /** The name of its file. */
  readonly name: string;
  /** What stands in the place of right handlers; nothing if one is missing. */
  readonly handlers?: Readonly<Partial<Record<keyof typeof HANDLERS, string>>>;
  /** The whole of the program after the imports, where handlers alone do not say it. */
  readonly program?: string;
  /** The first lines up to the cause, at most three; `…` stands for anything. */
  readonly lines: readonly string[];
}

const UNARY = "(message: string, ctx: HandlerContext<Context<any, any, {}>>) => string | Promise<string>";
const STREAM =
  "(message: number, ctx: HandlerContext<Context<any, any, {}>>) => Messages<number> | Promise<Messages<number>>";

const MISTAKES: readonly Mistake[] = [
  {
    name: "returns_another_type",
    handlers: { hello: "hello: (name) => name.length" },
    lines: ["Type 'number' is not assignable to type 'string | Promise<string>'."],
  },
  {
    name: "returns_another_type_in_a_block",
    handlers: { hello: "hello(name) { return name.length; }" },
    lines: [
      `Type '(name: string) => number' is not assignable to type '${UNARY}'.`,
      "  Type 'number' is not assignable to type 'string | Promise<string>'.",
    ],
  },
  {
    name: "returns_a_promise_of_another_type",
    handlers: { hello: "async hello(name) { return name.length; }" },
    lines: [
      `Type '(name: string) => Promise<number>' is not assignable to type '${UNARY}'.`,
      "  Type 'Promise<number>' is not assignable to type 'string | Promise<string>'.",
      "    Type 'Promise<number>' is not assignable to type 'Promise<string>'.",
    ],
  },
  {
    name: "returns_an_object_without_a_property",
    handlers: { find: "find: ({ id }) => ({ id })" },
    lines: [
      "Type '{ id: number; }' is not assignable to type 'User | Promise<User | undefined> | undefined'.",
      "  Property 'name' is missing in type '{ id: number; }' but required in type 'User'.",
    ],
  },
  {
    name: "returns_nothing",
    handlers: { hello: "hello(name) { name.trim(); }" },
    lines: [
      `Type '(name: string) => void' is not assignable to type '${UNARY}'.`,
      "  Type 'void' is not assignable to type 'string | Promise<string>'.",
    ],
  },
  {
    name: "yields_another_type",
    handlers: { count: "async *count(n) { yield String(n); }" },
    lines: [
      `Type '(n: number) => AsyncGenerator<string, void, any>' is not assignable to type '${STREAM}'.`,
      "  Type 'AsyncGenerator<string, void, any>' is not assignable to type 'Messages<number> | Promise<Messages<number>>'.",
      "    Type 'AsyncGenerator<string, void, any>' is not assignable to type 'AsyncIterable<number>'.",
    ],
  },
  {
    name: "lists_another_type",
    handlers: { count: "count: (n) => [n, String(n)]" },
    lines: ["Type 'string' is not assignable to type 'number'."],
  },
  {
    name: "lists_an_object_with_another_property",
    handlers: { list: 'list: () => [{ id: 1, nam: "Ada" }]' },
    lines: [
      "Object literal may only specify known properties, but 'nam' does not exist in type 'User'. Did you mean to write " +
      "'name'?",
    ],
  },
  {
    name: "takes_another_type",
    handlers: { hello: "hello: (n: number) => String(n)" },
    lines: [
      `Type '(n: number) => string' is not assignable to type '${UNARY}'.`,
      "  Types of parameters 'n' and 'message' are incompatible.",
      "    Type 'string' is not assignable to type 'number'.",
    ],
  },
  {
    name: "takes_a_message_for_a_stream",
    handlers: { sum: "sum: (n: number) => n" },
    lines: [
      "Type '(n: number) => number' is not assignable to type '(messages: MessageStream<number>, …'.",
      "  Types of parameters 'n' and 'messages' are incompatible.",
      "    Type 'MessageStream<number>' is not assignable to type 'number'.",
    ],
  },
  {
    name: "takes_a_stream_of_another_type",
    handlers: {
      chat: "async *chat(numbers: AsyncIterable<number>) { for await (const n of numbers) yield String(n); }",
    },
    lines: [
      "Type '(numbers: AsyncIterable<number>) => AsyncGenerator<string, void, any>' is not assignable to type '…'.",
      "  Types of parameters 'numbers' and 'messages' are incompatible.",
      "    Type 'MessageStream<string>' is not assignable to type 'AsyncIterable<number>'.",
    ],
  },
  {
    name: "misses_a_handler",
    handlers: { count: "" },
    lines: [
      "Argument of type '…' is not assignable to parameter of type '…'.",
      "  Property 'count' is missing in type '…",
    ],
  },
  {
    name: "misses_two_handlers",
    handlers: { count: "", sum: "" },
    lines: [
      "Argument of type '…' is not assignable to parameter of type '…'.",
      "  Type '…' is missing the following properties from type '…': count, sum",
    ],
  },
  {
    name: "misses_one_of_500_handlers",
    program: largeService(500, 250),
    lines: [
      "Argument of type '…' is not assignable to parameter of type '…'.",
      "  Property 'm250' is missing in type '…",
    ],
  },
  {
    name: "has_one_too_many",
    handlers: { chat: `${HANDLERS.chat},\n  bye: () => "Bye"` },
    lines: ["Object literal may only specify known properties, and 'bye' does not exist in type 'Handlers<…'."],
  },
  {
    name: "misspells_a_handler",
    handlers: { sum: "summ: () => 5" },
    lines: [
      "Object literal may only specify known properties, but 'summ' does not exist in type 'Handlers<…'. Did you mean to " +
      "write 'sum'?",
    ],
  },
  {
    name: "generates_instead_of_a_promise",
    handlers: { hello: "async *hello(name) { yield name; }" },
    lines: [
      `Type '(name: string) => AsyncGenerator<string, void, unknown>' is not assignable to type '${UNARY}'.`,
      "  Type 'AsyncGenerator<string, void, unknown>' is not assignable to type 'string | Promise<string>'.",
    ],
  },
  {
    name: "promises_instead_of_a_generator",
    handlers: { count: "async count(n) { return n; }" },
    lines: [
      `Type '(n: number) => Promise<number>' is not assignable to type '${STREAM}'.`,
      "  Type 'Promise<number>' is not assignable to type 'Messages<number> | Promise<Messages<number>>'.",
      "    Type 'Promise<number>' is not assignable to type 'Promise<Messages<number>>'.",
    ],
  },
  {
    name: "brings_an_instance_of_a_class_that_returns_another_type",
    program: `const Small = defineService("types.Small", { hello: unary<string, string>() });
class Handlers { hello(name: string) { return name.length; } }
implement(Small, new Handlers());`,
    lines: [
      "Argument of type 'Handlers' is not assignable to parameter of type 'Handlers<…'.",
      "  The types returned by 'hello(...)' are incompatible between these types.",
      "    Type 'number' is not assignable to type 'string | Promise<string>'.",
    ],
  },
];

/** A service of many methods, of which one has no handler. */
function largeService(count: number, missing: number): string {
  const names = Array.from({ length: count }, (_, i) => `m${i}`);
  const methods = names.map((name) => `  ${name}: unary<{ readonly id: number }, User>(),`);
  const handlers = names.toSpliced(missing, 1).map((name) => `  ${name}: ({ id }) => ({ id, name: "Ada" }),`);
  return `interface User { readonly id: number; readonly name: string }
const Large = defineService("types.Large", {\n${methods.join("\n")}\n});
implement(Large, {\n${handlers.join("\n")}\n});`;
}

function programOf({ handlers = {}, program }: Mistake, library: string): string {
  const lines = Object.values({ ...HANDLERS, ...handlers }).filter((handler) => handler !== "");
  const body = program ?? `${CONTRACT}implement(Greeter, {\n${lines.map((line) => `  ${line},`).join("\n")}\n});`;
  const names = ["bidiStreaming", "clientStreaming", "defineService", "implement", "serverStreaming", "unary"];
  return `import { ${names.filter((name) => body.includes(name)).join(", ")} } from "${library}";\n${body}\n`;
}

/** Writes a program for each mistake and returns the names of the files. */
async function writePrograms(folder: string, library: string): Promise<string[]> {
  await Promise.all(
    MISTAKES.map((mistake) => Deno.writeTextFile(`${folder}/${mistake.name}.ts`, programOf(mistake, library))),
  );
  return MISTAKES.map(({ name }) => `${name}.ts`);
}

/** Compares the first lines of the errors with those that are expected. The first error of each file counts. */
function assertLines(errors: ReadonlyMap<string, readonly string[]>): void {
  assertEquals([...errors.keys()].toSorted(), MISTAKES.map(({ name }) => name).toSorted());
  for (const { name, lines } of MISTAKES) {
    assert(lines.length <= 3, `${name}: the cause comes after the third line`);
    const printed = errors.get(name)?.slice(0, lines.length).join("\n") ?? "";
    const expected = lines.join("\n").split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    assertMatch(printed, new RegExp(`^${expected.join(".*")}${lines.at(-1)?.endsWith("…") ? "" : "$"}`), name);
  }
}

/** Adds the error of a file unless it has one. */
function note(errors: Map<string, readonly string[]>, name: string | undefined, lines: readonly string[]): void {
  if (name !== undefined && !errors.has(name)) errors.set(name, lines);
}

Deno.test("implement() has Deno print in three lines why a handler is wrong", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = await writePrograms(folder, `${REPOSITORY}mod.ts`);
    const args = [
      "check",
      "--quiet",
      "--config",
      `${REPOSITORY}deno.json`,
      ...files.map((file) => `${folder}/${file}`),
    ];
    const { stderr } = await runDeno(args, { mayFail: true });
    const errors = new Map<string, readonly string[]>();
    for (const block of stderr.split(/^(?:error: )?TS\d+ \[ERROR\]: /m).slice(1)) {
      note(errors, /\/(\w+)\.ts:\d+:\d+/.exec(block)?.[1], block.split("\n"));
    }
    assertLines(errors);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

nightlyTest("packs and installs", "implement() has tsc print in three lines why a handler is wrong", {
  ignore: programNamed("npm").ignore,
  fn: async () => {
    await using project = await libraryProject("hono@4", "typescript@5.9.3");
    const files = await writePrograms(project.folder, "@ticketlink/ticketlink");
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: "ES2022",
      lib: ["ES2023", "DOM"],
      module: "nodenext",
      types: [],
    };
    await Deno.writeTextFile(`${project.folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files }));
    const { stdout } = await runProcess("node", {
      args: ["node_modules/typescript/bin/tsc", "-p", ".", "--pretty", "false"],
      cwd: project.folder,
      mayFail: true,
    });
    const errors = new Map<string, readonly string[]>();
    for (const block of stdout.split(/^(?=\w+\.ts\(\d+,\d+\): error)/m)) {
      const [, name, text = ""] = /^(\w+)\.ts\(\d+,\d+\): error TS\d+: ([^]*)$/.exec(block) ?? [];
      note(errors, name, text.split("\n"));
    }
    assertLines(errors);
  },
});
