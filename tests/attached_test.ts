import { assert, assertRejects } from "@std/assert";
import { Attached } from "./attached.ts";
import { runDeno } from "./watched_process.ts";

/** What waits, and leaves a file in a folder. */
const WAITING = 'echo left >"$0/file"; sleep 60 & trap "kill $!" TERM; echo ready; wait';

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("Attached removes the folder of a program that is disposed of", async () => {
  const scratch = await Deno.makeTempDir();
  const program = new Attached("sh", ["-c", WAITING, scratch], { scratch });
  await program.printed(/ready/);
  await program[Symbol.asyncDispose]();
  assert(!await isThere(scratch));
});

Deno.test("Attached fails when a program ends by itself, and removes its folder", async () => {
  const scratch = await Deno.makeTempDir();
  const program = new Attached("sh", ["-c", 'echo left >"$0/file"', scratch], { scratch });
  await assertRejects(() => program.printed(/never/), Error, "ended by itself");
  assert(!await isThere(scratch));
});

Deno.test("Attached ends a program and removes its folder when the process that has it is killed", async () => {
  const scratch = await Deno.makeTempDir();
  const code = `
    import { Attached } from "${new URL("attached.ts", import.meta.url).href}";
    const scratch = ${JSON.stringify(scratch)};
    await new Attached("sh", ["-c", ${JSON.stringify(WAITING)}, scratch], { scratch }).printed(/ready/);
    Deno.kill(Deno.pid, "SIGKILL");
  `;
  await runDeno(["eval", code], { mayFail: true });
  const endsAt = performance.now() + 10_000;
  while (await isThere(scratch)) {
    assert(performance.now() < endsAt, "Waited 10,000 ms for the folder to go");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
