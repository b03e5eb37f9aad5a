import { assertEquals } from "@std/assert";
import { withEntryPoints, withOptionalPeers } from "../../tools/pack.ts";
import type { OptionalPeer } from "../../tools/build/optional_peers.ts";

function peer(name: string, range: string): OptionalPeer {
  return { name, range, licence: "MIT", use: "it is used" };
}

Deno.test("withOptionalPeers() makes peers of packages, dependencies so far or not, and leaves the rest", () => {
  const manifest = { name: "x", dependencies: { a: "^1.2.3", b: "^2.0.0" } };
  assertEquals(withOptionalPeers(manifest, [peer("a", "^1"), peer("c", "^3")]), {
    name: "x",
    dependencies: { b: "^2.0.0" },
    peerDependencies: { a: "^1", c: "^3" },
    peerDependenciesMeta: { a: { optional: true }, c: { optional: true } },
  });
  assertEquals(withOptionalPeers({ dependencies: { a: "^1.2.3" } }, [peer("a", "^1")]), {
    peerDependencies: { a: "^1" },
    peerDependenciesMeta: { a: { optional: true } },
  });
});

Deno.test("withEntryPoints() leads each subpath to its declarations and its module, and says that imports do nothing", () => {
  const entryPoints = [
    { subpath: ".", name: "mod", source: "mod.ts" },
    { subpath: "./cbor-x", name: "cbor-x", source: "src/cbor_x.ts" },
  ];
  assertEquals(withEntryPoints({ name: "x", main: "./old.js", exports: { "./old": "./old.js" } }, entryPoints), {
    name: "x",
    main: "./mod.js",
    types: "./mod.d.ts",
    exports: {
      ".": { types: "./mod.d.ts", default: "./mod.js" },
      "./cbor-x": { types: "./cbor-x.d.ts", default: "./cbor-x.js" },
    },
    sideEffects: false,
  });
});
