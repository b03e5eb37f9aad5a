import { assert, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "./source_tree.ts";
import { runDeno } from "./watched_process.ts";

/** What `deno test` says of a file in which one test is marked as known to fail. */
async function runMarked(body: string, options = "{}", env: Record<string, string> = {}): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/marked_test.ts`;
    await Deno.writeTextFile(
      file,
      `import { knownFailure } from "file://${fromFileUrl("./known_failure.ts")}";
       class AssertionError extends Error { name = "AssertionError"; }
       knownFailure("An issue", import.meta.url, "a (b) works", () => { ${body} }, ${options});`,
    );
    const args = ["test", "-A", "--no-check", file];
    const { stdout, stderr } = await runDeno(args, { mayFail: true, env });
    return stdout + stderr;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("knownFailure() lets the run pass while the test fails with an assertion", async () => {
  assertStringIncludes(await runMarked(`throw new AssertionError("not yet");`), "ok | 1 passed | 0 failed");
});

Deno.test("knownFailure() fails the run once the test passes, and names the issue", async () => {
  const output = await runMarked("");
  assertStringIncludes(output, "It passes now");
  assertStringIncludes(output, "An issue");
  assertStringIncludes(output, "FAILED | 0 passed | 1 failed");
});

Deno.test("knownFailure() fails the run when the test fails in another way than expected", async () => {
  assertStringIncludes(await runMarked("undefined.x;"), "It fails, but not as expected");
});

Deno.test("knownFailure() takes what the test prints when its process dies for its symptom", async () => {
  const output = await runMarked(`Promise.reject(new Error("lost"));`, `{ symptom: /Uncaught|lost/ }`);
  assertStringIncludes(output, "ok | 1 passed | 0 failed");
});

Deno.test("knownFailure() ends a test that hangs at its deadline", async () => {
  const started = performance.now();
  const output = await runMarked("return new Promise((done) => setTimeout(done, 60_000));", "{ deadlineMs: 1_000 }");
  assertStringIncludes(output, "ok | 1 passed | 0 failed");
  assert(performance.now() - started < 30_000);
});

Deno.test("knownFailure() repeats a test that fails only now and then, up to its number of attempts", async () => {
  const count = await Deno.makeTempFile();
  try {
    const body = `const runs = Deno.readTextFileSync("${count}") + "x"; Deno.writeTextFileSync("${count}", runs);
      if (runs.length === 3) throw new AssertionError("the third time");`;
    assertStringIncludes(await runMarked(body, "{ attempts: 4 }"), "ok | 1 passed | 0 failed");
    assert((await Deno.readTextFile(count)).length === 3);
  } finally {
    await Deno.remove(count);
  }
});

Deno.test("knownFailure() leaves a test for the night, and its name says why", async () => {
  const body = `throw new AssertionError("not yet");`;
  const byDay = await runMarked(body, `{ nightly: "5 s" }`, { TICKETLINK_NIGHTLY: "" });
  assertStringIncludes(byDay, "a (b) works (known to fail: An issue) (nightly: 5 s) ... ignored");
  const byNight = await runMarked(body, `{ nightly: "5 s" }`, { TICKETLINK_NIGHTLY: "1" });
  assertStringIncludes(byNight, "ok | 1 passed | 0 failed");
});
