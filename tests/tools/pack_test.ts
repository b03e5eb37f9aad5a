import { assertEquals } from "@std/assert";
import { withMissingTypesIgnored, withOptionalPeers } from "../../tools/pack.ts";

Deno.test("withOptionalPeers() makes peers of packages, dependencies so far or not, and leaves the rest", () => {
  const manifest = { name: "x", dependencies: { a: "^1.2.3", b: "^2.0.0" } };
  assertEquals(withOptionalPeers(manifest, { a: "^1", c: "^3" }), {
    name: "x",
    dependencies: { b: "^2.0.0" },
    peerDependencies: { a: "^1", c: "^3" },
    peerDependenciesMeta: { a: { optional: true }, c: { optional: true } },
  });
  assertEquals(withOptionalPeers({ dependencies: { a: "^1.2.3" } }, { a: "^1" }), {
    peerDependencies: { a: "^1" },
    peerDependenciesMeta: { a: { optional: true } },
  });
});

Deno.test("withMissingTypesIgnored() puts a directive before each import of a peer, and nowhere else", () => {
  const declarations = `import type { A } from "a";
import type { Local } from "./a.js";
export type { Sub } from "a/sub";
import type { Other } from "ab";
/** From "a"; */ export type X = A;
`;
  assertEquals(
    withMissingTypesIgnored(declarations, ["a"]).split("\n").map((line) =>
      line.startsWith("// @ts-ignore") ? "ignore" : line
    ),
    [
      "ignore",
      'import type { A } from "a";',
      'import type { Local } from "./a.js";',
      "ignore",
      'export type { Sub } from "a/sub";',
      'import type { Other } from "ab";',
      '/** From "a"; */ export type X = A;',
      "",
    ],
  );
});
