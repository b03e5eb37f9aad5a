import { assertEquals } from "@std/assert";
import { isAboutPackage, parseComplaints } from "../../tools/doc_lint.ts";

const OUTPUT = `error[private-type-ref]: public type 'Mounted' references private type 'Handler'
  --> /x/src/a.ts:19:1
   |
19 | export interface Mounted {
   | ^

error[missing-jsdoc]: exported symbol is missing JSDoc documentation
  --> /x/src/b.ts:54:3
   |
54 |   constructor() {
   |   ^


error: Found 2 documentation lint errors.
`;

Deno.test("parseComplaints() takes message and file of each complaint", () => {
  assertEquals(parseComplaints(OUTPUT).map(({ message, file }) => [message, file]), [
    ["public type 'Mounted' references private type 'Handler'", "/x/src/a.ts"],
    ["exported symbol is missing JSDoc documentation", "/x/src/b.ts"],
  ]);
  assertEquals(parseComplaints("error: Module not found\n"), []);
});

Deno.test("isAboutPackage() excuses types of packages alone", () => {
  const [handler, constructor] = parseComplaints(OUTPUT);
  const source = 'import type { Context, Handler } from "npm:hono@^4";\n';
  assertEquals(handler !== undefined && isAboutPackage(handler, source), true);
  assertEquals(handler !== undefined && isAboutPackage(handler, 'import type { Handler } from "./h.ts";\n'), false);
  assertEquals(
    handler !== undefined && isAboutPackage(handler, 'import type { Handlers } from "npm:hono@^4";\n'),
    false,
  );
  assertEquals(constructor !== undefined && isAboutPackage(constructor, source), false);
});
