import { assertEquals } from "@std/assert";
import { runDeno } from "../watched_process.ts";

Deno.test("a client, a channel and a handler can be disposed of where the engine lacks the symbol", async () => {
  const program = new URL("./without_async_dispose.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await runDeno(["run", "-A", "--no-check", program]);
  assertEquals([code, stdout.trim()], [0, "Hello, Ada closed closed stopped"], stderr);
});
