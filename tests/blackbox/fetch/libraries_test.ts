import { assert, assertEquals } from "@std/assert";
import { programNamed } from "../../programs.ts";
import { runOnNode } from "./npm_folder.ts";

const { path: node, ignore } = programNamed("node");

/** What came of four calls of all kinds, by the kind of exchange. */
type Results = Readonly<Record<string, readonly unknown[]>>;

/** What all libraries make of them; no *single* exchange carries a bidirectional stream. */
const RIGHT = ["Hello, Ada", [1, 2, 3], 6, ["a", "b"]];
const RIGHT_ON_SINGLE = [...RIGHT.slice(0, 3), "not on single"];

async function resultsOf(fetch: string, path = "/rpc"): Promise<Results> {
  return await runOnNode(node, "fetches.mjs", [fetch, path]) as Results; // that is what it prints
}

for (const fetch of ["global", "undici", "happy-dom", "miniflare", "msw"]) {
  Deno.test({
    name: `a client beside @hono/node-server calls over every exchange: fetch of ${fetch}`,
    ignore,
    fn: async () => {
      const expected = { single: RIGHT_ON_SINGLE, pair: RIGHT, duplex: RIGHT, auto: RIGHT };
      assertEquals(await resultsOf(fetch), expected);
    },
  });
}

Deno.test({
  name: "a client beside @hono/node-server calls over what node-fetch can do, and fails at once over duplex",
  ignore,
  fn: async () => {
    const { duplex = [], ...others } = await resultsOf("node-fetch");
    assertEquals(others, { single: RIGHT_ON_SINGLE, pair: RIGHT, auto: RIGHT });
    // It sends the name of a stream in its place.
    for (const end of duplex) assert(String(end).startsWith("RpcError"), String(end));
  },
});

Deno.test({
  name: "a client beside @hono/node-server is told of a response that msw has made up",
  ignore,
  fn: async () => {
    for (const [exchange, ends] of Object.entries(await resultsOf("msw", "/busy"))) {
      const busy = 'RpcError unavailable: The server answered with status 503: "busy"';
      assertEquals(ends.slice(0, 3), [busy, busy, busy], exchange);
    }
  },
});
