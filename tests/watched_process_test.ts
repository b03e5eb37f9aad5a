import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { programNamed } from "./programs.ts";
import { runDeno, WatchedProcess } from "./watched_process.ts";

/** Programs in JavaScript that end badly, by what they do. */
const BAD: Readonly<Record<string, string>> = {
  "rejects a promise that nothing awaits": `setTimeout(() => void Promise.reject(new Error("lost")), 1)`,
  "rejects one with something that is no error": `setTimeout(() => void Promise.reject("lost"), 1)`,
  "throws in a timer": `setTimeout(() => { throw new Error("lost") }, 1)`,
  "exits with 1": `console.error("lost"); process.exit(1)`,
};

const { path: node, ignore } = programNamed("node");

function onDeno(code: string): WatchedProcess {
  return new WatchedProcess(Deno.execPath(), { args: ["eval", `import process from "node:process"; ${code}`] });
}

/** Starts a program, has it do what it does, and lets the watch say what it saw. */
async function watch(program: WatchedProcess, action: (program: WatchedProcess) => Promise<unknown>): Promise<void> {
  await using _ = program;
  await action(program);
}

for (const [what, code] of Object.entries(BAD)) {
  Deno.test(`WatchedProcess fails when a program on Deno ${what}`, async () => {
    await assertRejects(() => watch(onDeno(code), (program) => program.ended()), Error, "lost");
  });

  Deno.test({
    name: `WatchedProcess fails when a program on Node ${what}`,
    ignore,
    async fn() {
      const program = new WatchedProcess(node, { args: ["-e", code] });
      await assertRejects(() => watch(program, (program) => program.ended()), Error, "lost");
    },
  });
}

Deno.test("WatchedProcess fails when it is disposed of and the program has died before", async () => {
  const code = `console.log("ready"); Deno.stdin.read(new Uint8Array(1)).then(() => { throw new Error("lost") })`;
  const program = new WatchedProcess(Deno.execPath(), { args: ["eval", code], input: "piped" });
  const failure = await assertRejects(() =>
    watch(program, async () => {
      assertEquals(await program.line(), "ready");
      await program.tell("die");
      await program.printed(/lost/);
    }), Error);
  assertStringIncludes(failure.message, "lost");
});

Deno.test("WatchedProcess fails when a program survives an uncaught error and says so, as workerd does", async () => {
  const code = `console.error("error: Uncaught exception: lost"); setInterval(() => {}, 1_000)`;
  await assertRejects(() => watch(onDeno(code), (program) => program.printed(/lost/)), Error, "left an error uncaught");
});

Deno.test("WatchedProcess fails when a line is waited for and the program has ended, with what it printed", async () => {
  const failure = await assertRejects(() => watch(onDeno(`console.log("the last")`), twoLines), Error, "was done");
  assertStringIncludes(failure.message, "the last");
});

Deno.test("WatchedProcess lets pass a program that ends well, or that is ended", async () => {
  await watch(onDeno(`console.log("done")`), (program) => program.ended());
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    await watch(onDeno(`console.log("ready"); setInterval(() => {}, 1_000)`), async (program) => {
      assertEquals(await program.line(), "ready");
      program.kill(signal);
      assert((await program.ended()).code > 128);
    });
  }
});

Deno.test("deno test fails a module when one of its tests leaves a rejection or an error uncaught", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const what of [`void Promise.reject(new Error("lost"))`, `setTimeout(() => { throw new Error("lost") })`]) {
      const code = `Deno.test("lets one go", async () => { ${what}; await new Promise((go) => setTimeout(go, 50)); })`;
      await Deno.writeTextFile(`${folder}/lost_test.ts`, code);
      await assertRejects(() => runDeno(["test", "-A", "--no-check", `${folder}/lost_test.ts`]), Error, "lost");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function twoLines(program: WatchedProcess): Promise<void> {
  await program.line();
  await program.line();
}
