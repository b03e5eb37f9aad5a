/** Every example runs by the command that its own `main.ts` names, with no more permission than that, and does what it says. */
import { assert, assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { runDeno } from "../watched_process.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** The command in the first comment of an example's `main.ts`, without what stands in brackets. */
async function commandOf(example: string): Promise<string[]> {
  const source = await Deno.readTextFile(new URL(`examples/${example}/main.ts`, REPOSITORY));
  const command = /`deno run ([^`[]*)/.exec(source)?.[1];
  assert(command !== undefined, `examples/${example}/main.ts names no command`);
  return ["run", ...command.trim().split(" ")];
}

/** Runs an example and returns the lines that it prints. */
async function run(example: string, ...more: string[]): Promise<string[]> {
  const { stdout } = await runDeno([...await commandOf(example), ...more], { cwd: REPOSITORY });
  return stdout.trimEnd().split("\n");
}

Deno.test("examples/greeter shows the four kinds of call and an error", async () => {
  assertEquals(await run("greeter"), [
    "Hello, Ada",
    "count: 0",
    "count: 1",
    "count: 2",
    "sum: 6",
    "You said: hi",
    "You said: bye",
    "invalid_argument: A name is needed",
  ]);
});

Deno.test("examples/upload sends a real file with progress, and the server confirms its SHA-256", async () => {
  const path = await Deno.makeTempFile();
  try {
    const content = new Uint8Array(3_000_000).map((_, i) => i * i);
    await Deno.writeFile(path, content);
    const lines = await run("upload", path);
    assertEquals(lines.slice(0, -1), Array.from({ length: 10 }, (_, i) => `${i * 10 + 10} % sent`));
    const sha256 = createHash("sha256").update(content).digest("hex");
    assertEquals(lines.at(-1), `The server confirms 3000000 bytes with SHA-256 ${sha256}`);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("examples/ticker follows and unfollows while prices stream, and a slow reader pauses the producer", async () => {
  const lines = await run("ticker");
  assertMatch(lines[0] ?? "", /^first price of AAA: \d+$/);
  assertMatch(lines[1] ?? "", /^first price of BBB: \d+$/);
  assertEquals(lines[2], "the reader pauses for 200 ms; so does the producer");
  const [, read, ahead] = /^read (\d+) prices of AAA and BBB, the producer never more than (\d+) ahead$/
    .exec(lines[3] ?? "") ?? [];
  assert(Number(read) >= 8000);
  assertLessOrEqual(Number(ahead), 1024);
});

Deno.test("examples/relay passes deadline and cancellation on, through a service and through links", async () => {
  assertEquals(await run("relay"), [
    "through a service: the deadline of 2000 ms arrives as itself",
    "through links: the deadline of 2000 ms arrives as itself",
    "the service behind saw 2 cancellations",
  ]);
});
