/** What calls do in a page with the defaults: in a real Chromium, the first of them in Firefox and WebKit, too. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cors } from "npm:hono@^4/cors";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { temporaryCertificate } from "../../certificate.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { bundle } from "../../../examples/browser/bundle.ts";
import { FIREFOX } from "../../browser/firefox.ts";
import { inChromium, withoutChromium as ignore } from "../../browser/in_chromium.ts";
import { startWebKit, WEBKIT_DRIVER, XVFB } from "../../browser/webkit.ts";
import { inFirefox, type Tab } from "./firefox.ts";
import { calls, type Notes } from "./service.ts";
import { type Serving, serving, type ServingOptions } from "./serving.ts";
import { slowLine } from "./slow_line.ts";
import type { Failure, Streams, Upload } from "./page.ts";

const MIB = 1_048_576;

/** Serves the page at `/`, and what it calls at `/rpc`. */
async function site(options: ServingOptions = {}, notes: Notes = {}): Promise<Serving> {
  const module = await bundle(new URL("page.ts", import.meta.url));
  return serving(calls(notes), {
    upgradeWebSocket,
    ...options,
    before(app) {
      app.get("/", (context) => context.html('<!doctype html><script type="module" src="/page.js"></script>'));
      app.get("/page.js", (context) => context.body(module, 200, { "content-type": "text/javascript" }));
      options.before?.(app);
    },
  });
}

/** Opens the page of a site, and calls a function of it with arguments. */
async function evaluate(tab: Tab, port: number, name: string, ...args: unknown[]): Promise<unknown> {
  await tab.goto(`http://127.0.0.1:${port}/`);
  return await tab.evaluate(`${name}(...${JSON.stringify(args)})`);
}

async function openStreams(tab: Tab, url: string, count: number, clients = 1): Promise<Streams> {
  const { origin } = new URL(url);
  await tab.goto(`${origin}/`);
  return await tab.evaluate(`openStreams("/rpc", ${count}, ${clients})`) as Streams;
}

/** Asserts that all streams are live and that a unary call beside them is answered in a second. */
function assertAllLive({ live, failures, unary, unaryMs }: Streams, count: number): void {
  assertEquals({ live, failures, unary }, { live: count, failures: [], unary: "Hello, Ada" });
  assert(unaryMs < 1_000, `The unary call took ${Math.round(unaryMs)} ms`);
}

/** Works in a WebKit of its own. */
async function inWebKit<T>(work: (tab: Tab) => Promise<T>): Promise<T> {
  await using webkit = await startWebKit(30_000);
  return await work(webkit.session);
}

for (
  const [browser, inBrowser, isMissing] of [
    ["Chromium", inChromium<Streams>, ignore],
    ["Firefox", inFirefox<Streams>, FIREFOX.ignore],
    ["WebKit", inWebKit<Streams>, WEBKIT_DRIVER.ignore || XVFB.ignore],
  ] as const
) {
  Deno.test({
    name:
      `in ${browser} over HTTP/1.1, 20 of 20 open server streams are live, and a unary call beside them takes under a second`,
    ignore: isMissing,
    async fn() {
      await using server = await site();
      assertAllLive(await inBrowser((tab) => openStreams(tab, server.url, 20)), 20);
    },
  });
}

Deno.test({
  name: "in Chromium over HTTP/1.1, from the third open stream on they go to a pair or a socket",
  ignore,
  async fn() {
    await using server = await site();
    const { events } = await inChromium((tab) => openStreams(tab, server.url, 5));
    const kinds = events.map(({ kind }) => kind);
    assertEquals(kinds.slice(0, 2), ["single", "single"]);
    assertMatch(kinds.slice(2).join(), /^(pair|socket)(,(pair|socket))*$/);
  },
});

Deno.test({
  name: "in Chromium over HTTP/1.1, the streams of 12 clients in one page are all live",
  ignore,
  async fn() {
    await using server = await site();
    assertAllLive(await inChromium((tab) => openStreams(tab, server.url, 24, 12)), 24);
  },
});

Deno.test({
  name: "in Chromium over HTTP/1.1, the streams of three tabs are all live, where the server offers sockets",
  ignore,
  async fn() {
    await using server = await site();
    const all = await inChromium(async (first) => {
      const tabs = [first, await first.context().newPage(), await first.context().newPage()];
      // When all connections are taken no page can be loaded either.
      for (const tab of tabs) await tab.goto(new URL("/", server.url).href);
      return await Promise.all(tabs.map((tab) => tab.evaluate('openStreams("/rpc", 8)')));
    });
    for (const streams of all) assertAllLive(streams as Streams, 8);
  },
});

Deno.test({
  name:
    "in Chromium over HTTP/2, 20 of 20 open server streams are live, and a unary call beside them takes under a second",
  ignore,
  async fn() {
    await using tls = await temporaryCertificate();
    await using server = await site({ tls });
    assertAllLive(await inChromium((tab) => openStreams(tab, server.url, 20)), 20);
  },
});

/** Lets pages of any origin call, which do not learn by which protocol they do so: there is no Timing-Allow-Origin. */
const FROM_ANYWHERE: ServingOptions = {
  socketOrigins: "any",
  before(app) {
    app.use(cors({ origin: "*", exposeHeaders: ["ticketlink-refused"] }));
  },
};

/** Opens streams from the page of one origin to a server of another. */
async function openStreamsAcross(options: ServingOptions, count: number): Promise<Streams> {
  await using home = await site();
  await using server = await site({ ...FROM_ANYWHERE, ...options });
  return await inChromium((tab) => evaluate(tab, home.port, "openStreams", server.url, count)) as Streams;
}

Deno.test({
  name: "in Chromium, a protocol that is unknown counts as HTTP/1.1: 20 of 20 streams to another origin are live",
  ignore,
  fn: async () => assertAllLive(await openStreamsAcross({}, 20), 20),
});

/** How a server that has neither pairs nor sockets is made. */
const SINGLE_ALONE: ServingOptions = { pair: false, upgradeWebSocket: undefined };

Deno.test({
  name: "in Chromium over HTTP/1.1, where there are neither pairs nor sockets, more streams fail at once and say why",
  ignore,
  async fn() {
    await using server = await site(SINGLE_ALONE);
    const streams = await inChromium((tab) => openStreams(tab, server.url, 12));
    const { live, failures, lastFailureMs, unary, unaryMs } = streams;
    assert(live >= 2, `Only ${live} streams are live`);
    assertEquals(live + failures.length, 12);
    for (const failure of failures) assertMatch(failure, /HTTP\/1\.1/);
    assert(lastFailureMs < 1_000, `The last stream failed after ${Math.round(lastFailureMs)} ms`);
    assertEquals(unary, "Hello, Ada");
    assert(unaryMs < 1_000, `The unary call took ${Math.round(unaryMs)} ms`);
  },
});

Deno.test({
  name:
    "in Chromium, where the protocol is unknown and there are neither pairs nor sockets, streams open as single, and onExchange warns",
  ignore,
  async fn() {
    const { live, failures, events } = await openStreamsAcross(SINGLE_ALONE, 4);
    assertEquals({ live, failures }, { live: 4, failures: [] });
    assertEquals(new Set(events.map(({ kind }) => kind)), new Set(["single"]));
    assertMatch(JSON.stringify(events), /HTTP\\?\/1\.1/);
  },
});

/** How many bytes a page has given at most that the server had not got yet. */
function mostAhead(given: Upload["given"], taken: Upload["given"]): number {
  let most = 0;
  let got = 0;
  let i = 0;
  for (const [ms, bytes] of given) {
    for (let next = taken[i]; next !== undefined && next[0] <= ms; next = taken[++i]) got = next[1];
    most = Math.max(most, bytes - got);
  }
  return most;
}

Deno.test({
  name: "in Chromium over a line of 2 MB/s, an upload's iterable is at most 1 MiB ahead of the server",
  ignore,
  async fn() {
    const size = IS_NIGHTLY ? 8_000_000 : 4_000_000;
    const taken: [number, number][] = [];
    const now = (): number => performance.timeOrigin + performance.now();
    await using server = await site({}, { taken: (bytes) => taken.push([now(), bytes]) });
    await using line = slowLine(server.port, 2_000_000);
    const { given, outcome } = await inChromium((tab) => evaluate(tab, line.port, "upload", "/rpc", size)) as Upload;
    assertEquals(outcome, size);
    const most = mostAhead(given, taken);

    // One piece may be on its way out, and what the server has got takes a moment to be told.
    assert(most <= MIB + 262_144, `The iterable was ${most} bytes ahead`);
  },
});

Deno.test({
  name: `in Chromium, an upload of ${IS_NIGHTLY ? "40 MB over a line of 2 MB/s" : "20 MB"} works`,
  ignore,
  fn: async () => {
    const size = IS_NIGHTLY ? 40_000_000 : 20_000_000;
    await using server = await site();
    await using line = slowLine(server.port, IS_NIGHTLY ? 2_000_000 : 40_000_000);
    const { outcome } = await inChromium((tab) => evaluate(tab, line.port, "upload", "/rpc", size)) as Upload;
    assertEquals(outcome, size);
  },
});

for (
  const [browser, inBrowser, isMissing] of [
    ["Chromium", inChromium<Failure>, ignore],
    ["Firefox", inFirefox<Failure>, FIREFOX.ignore],
  ] as const
) {
  Deno.test({
    name: `in ${browser}, exchange: "duplex" is refused at once`,
    ignore: isMissing,
    async fn() {
      await using server = await site();
      const { failure, ms } = await inBrowser(async (tab) =>
        await evaluate(tab, server.port, "callOnce", "/rpc", { exchange: "duplex" }) as Failure
      );
      assertMatch(String(failure), /duplex/);
      assertMatch(String(failure), /browser/i);
      assert(ms < 500, `It took ${Math.round(ms)} ms`);
    },
  });
}

Deno.test({
  name: "in Chromium, the error of a refused WebSocket says where to look for the reason",
  ignore,
  async fn() {
    const errors: unknown[] = [];
    await using home = await site();
    await using server = await site({ onError: (error) => errors.push(error) });
    const { failure } = await inChromium((tab) =>
      evaluate(tab, home.port, "callOnce", server.url, { exchange: "socket" })
    ) as Failure;
    assertMatch(String(failure), /server.*onError/i);
    assertMatch(String(errors[0]), /origin .* may not open a WebSocket/);
  },
});
