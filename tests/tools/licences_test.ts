import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { complaintsAbout, isAllowed, lockedPackages, packageOf } from "../../tools/licences.ts";

Deno.test("isAllowed() takes one of several that are to choose from, and all of those that go together", () => {
  const allowed = new Set(["MIT", "ISC"]);
  for (const expression of ["MIT", "(MIT OR GPL-3.0)", "GPL-3.0 OR MIT AND ISC"]) {
    assert(isAllowed(expression, allowed), expression);
  }
  for (const expression of ["GPL-3.0", "MIT AND GPL-3.0", "(MIT) OR (ISC)", "mit", ""]) {
    assertFalse(isAllowed(expression, allowed), expression);
  }
});

Deno.test("complaintsAbout() names what is not on the list, and what is there for tests alone if a program needs it", () => {
  const used = (name: string, licence?: string) => ({ name, version: "1.0.0", licence });
  assertEquals(
    complaintsAbout([
      used("a", "MIT"),
      used("b", "GPL-3.0"),
      used("c"),
      used("lightningcss-linux-x64-gnu", "MPL-2.0"),
      used("lightningcss", "GPL-3.0"),
      used("hono", "MPL-2.0"),
    ]),
    [
      "b@1.0.0 is under GPL-3.0, which is not on the list",
      "c@1.0.0 says nothing of its licence",
      "lightningcss@1.0.0 is under GPL-3.0, which is not on the list",
      "hono@1.0.0 is under MPL-2.0, which is not on the list",
    ],
  );
});

Deno.test("packageOf() reads licences in all forms that packages have", () => {
  const read = (fields: object) => packageOf(JSON.stringify({ name: "a", version: "1.0.0", ...fields }))?.licence;
  assertEquals(read({ license: "MIT" }), "MIT");
  assertEquals(read({ license: { type: "MIT", url: "x" } }), "MIT");
  assertEquals(read({ licenses: [{ type: "MIT" }, { type: "GPL-2.0" }] }), "MIT OR GPL-2.0");
  assertEquals(read({}), undefined);
  assertEquals(packageOf('{ "type": "commonjs" }'), undefined);
});

Deno.test("lockedPackages() reads names and versions, and leaves out other platforms", () => {
  const platform = { os: "linux", cpu: "x64" };
  const npm = {
    "@a/b@1.2.3_c@4.0.0": {},
    "d@1.0.0-rc.1": { os: ["linux"], cpu: ["x64", "arm64"] },
    "e@1.0.0": { os: ["darwin"] },
    "f@1.0.0": { os: ["linux"], cpu: ["arm64"] },
  };
  assertEquals(lockedPackages({ npm }, platform), [["@a/b", "1.2.3"], ["d", "1.0.0-rc.1"]]);
  assertThrows(() => lockedPackages({ npm: { "": {} } }, platform), SyntaxError, "Cannot read deno.lock");
});
