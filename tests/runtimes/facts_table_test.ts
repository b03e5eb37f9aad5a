import { assert } from "@std/assert";
import { CASES } from "../conformance/cases/mod.ts";
import { FACTS } from "./facts/mod.ts";

const DOCUMENT = await Deno.readTextFile(new URL("README.md", import.meta.url));
const TABLE = DOCUMENT.split("\n").filter((line) => line.startsWith("|")).join("\n");
const QUOTED = Array.from(TABLE.matchAll(/"([^"]+?)(?: …)?"/g), ([, name = ""]) => name);

Deno.test("the table of facts names tests that there are", () => {
  const names = [...Object.keys(FACTS), ...CASES.map(({ name }) => name)];
  for (const name of QUOTED) assert(names.some((whole) => whole.startsWith(name)), `There is no "${name}"`);
});

Deno.test("the table of facts has every fact that is tested", () => {
  for (const name of Object.keys(FACTS)) {
    assert(QUOTED.some((part) => name.startsWith(part)), `The table does not have "${name}"`);
  }
});
