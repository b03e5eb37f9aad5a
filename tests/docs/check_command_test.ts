import { assertThrows } from "@std/assert";
import { checkCommand } from "./check_command.ts";

const surroundings = {
  tasks: new Set(["demo"]),
  exists: (path: string) => path === "server.ts" || path === "tests/wire",
};

Deno.test("checkCommand() accepts tasks and files that are there, and what comes from elsewhere", () => {
  for (
    const line of [
      "deno task demo",
      "npx -y deno@2.9.6 task demo",
      "$ deno run --allow-net server.ts",
      "deno test tests/wire # only these",
      "deno run --allow-net=127.0.0.1 https://example.com/mod.ts",
      "git clone https://example.com/x",
      "# a comment",
      "",
    ]
  ) checkCommand(line, surroundings);
});

Deno.test("checkCommand() refuses what is not there or not known", () => {
  assertThrows(() => checkCommand("deno task gone", surroundings), Error, "a task that is not there");
  assertThrows(() => checkCommand("npx -y deno@2.9.6 task gone", surroundings), Error, "a task that is not there");
  assertThrows(() => checkCommand("deno run --allow-net gone.ts", surroundings), Error, "a file that is not there");
  assertThrows(() => checkCommand("deno test tests/gone", surroundings), Error, "a file that is not there");
  assertThrows(() => checkCommand("rm -r x", surroundings), Error, "Cannot check");
  assertThrows(() => checkCommand("deno frobnicate", surroundings), Error, "Cannot check");
});
