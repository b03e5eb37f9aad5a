import { assertEquals } from "@std/assert";
import { Tally } from "./tally.ts";

Deno.test("Tally counts a client that is not installed neither as passed nor as failed", () => {
  const tally = new Tally();
  tally.leaveOut("firefox", ["firefox-esr"]);
  assertEquals([tally.passed, tally.failed, tally.ignored], [0, 0, 1]);
});
