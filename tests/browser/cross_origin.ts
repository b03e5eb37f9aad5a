/**
 * A page of one origin calls a server of another in a real Chromium: with the CORS that SECURITY.md names it works, without
 * any of its parts it does not. Run by `deno task browser`.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { cors } from "npm:hono@^4/cors";
import type { Page } from "npm:playwright-core@1.65.1";
import { bundle } from "../../examples/browser/bundle.ts";
import { show } from "../../examples/browser/server.ts";
import type { Results } from "./cross_origin_module.ts";
import { inChromium, withoutChromium as ignore } from "./in_chromium.ts";

/** What `cors()` is given, as far as it matters here. */
interface Allowed {
  readonly origin: string;
  readonly allowMethods: string[];
  readonly allowHeaders: string[];
  readonly exposeHeaders: string[];
}

/** A server with nothing but a page that can call others. */
function serveCaller(module: string): Deno.HttpServer<Deno.NetAddr> {
  const app = new Hono()
    .get("/", (context) => context.html('<script type="module" src="/module.js"></script>'))
    .get("/module.js", (context) => context.body(module, 200, { "content-type": "text/javascript" }));
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
}

/** Calls a server behind `cors()` from a page of another origin. */
async function call(page: Page, from: string, allowed: Partial<Allowed>, exchange: string): Promise<Results> {
  const { app, handler } = show("", "");
  const cross = new Hono().use(cors({ ...allow(from), ...allowed }))
    .use(async (context, next) => {
      await next();
      context.res.headers.set("x-served-by", "hono");
    })
    .route("/", app);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, cross.fetch);
  try {
    await page.goto(from);
    return await page.evaluate(`callAll("http://127.0.0.1:${server.addr.port}/rpc", "${exchange}")`);
  } finally {
    await handler.stop(0);
    await server.shutdown();
  }
}

/** What SECURITY.md says that `cors()` has to allow; a header of the application's own is exposed beside it. */
function allow(origin: string): Allowed {
  return {
    origin,
    allowMethods: ["POST"],
    allowHeaders: ["content-type", "incremental"],
    exposeHeaders: ["x-served-by"],
  };
}

Deno.test({ name: "a page of another origin, over CORS", ignore }, async (t) => {
  const module = await bundle(new URL("cross_origin_module.ts", import.meta.url));
  const caller = serveCaller(module);
  const from = `http://127.0.0.1:${caller.addr.port}`;
  await inChromium(async (page) => {
    for (const exchange of ["single", "pair", "auto"]) {
      await t.step(`calls on ${exchange} what CORS allows`, async () => {
        const { greeting, counted, uploadedBytes, said, seenHeader } = await call(page, from, {}, exchange);
        assertEquals({ greeting, counted, uploadedBytes, seenHeader }, {
          greeting: "Hello, Ada",
          counted: [1, 2, 3],
          uploadedBytes: 30,
          seenHeader: "hono",
        });
        assertEquals(said, exchange === "single" ? [] : ["A", "B"]);
      });
    }
    const lacking: readonly [string, Partial<Allowed>][] = [
      ["origin", { origin: "https://example.com" }],
      ["header content-type", { allowHeaders: ["incremental"] }],
      ["header incremental", { allowHeaders: ["content-type"] }],
    ];
    for (const [what, allowed] of lacking) {
      await t.step(`is refused without the ${what}`, async () => {
        const failure = await call(page, from, allowed, "single").then(() => undefined, String);
        assert(failure !== undefined);
        assertMatch(failure, /Cannot reach the server/);
      });
    }
    await t.step("does not see a header that is not exposed", async () => {
      assertEquals((await call(page, from, { exposeHeaders: [] }, "single")).seenHeader, null);
    });
  });
  await caller.shutdown();
});
