import { Hono } from "npm:hono@^4";
import { cors } from "npm:hono@^4/cors";
import { assertEquals } from "@std/assert";
import { MEDIA_TYPE } from "../../src/http/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed } from "./frame_feed.ts";
import { clientHello, openDuplex, post, postStream } from "./scripted_client.ts";

/** What gets each refusal, with the time that it takes to get it. */
const REFUSALS: readonly (readonly [
  reason: string,
  status: number,
  ask: (bench: ServiceBench) => Promise<Response>,
])[] = [
  ["method", 405, async ({ app }) => await app.request(PATH)],
  ["media-type", 415, async ({ app }) => await app.request(PATH, { method: "POST", body: "x" })],
  ["media-type", 415, ({ fetch }) => post(fetch, PATH, "x", { headers: { "content-encoding": "br" } })],
  ["hello", 400, ({ fetch }) => post(fetch, PATH, null)],
  ["hello", 400, ({ fetch }) => post(fetch, PATH, encode({ kind: "end" }))],
  ["hello", 400, ({ fetch }) => post(fetch, PATH, encode(clientHello({ versions: [9] })))],
  ["frame-too-large", 413, ({ fetch }) => post(fetch, PATH, Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff))],
  ["hello-timeout", 408, async ({ fetch, clock }) => {
    const answer = postStream(fetch, PATH, new FrameFeed().stream);
    await clock.advance(10_000);
    return await answer;
  }],
  ["too-many-exchanges", 503, async ({ fetch }) => {
    const open = await openDuplex(fetch, PATH);
    const response = await post(fetch, PATH, encode(clientHello()));
    await open.finish();
    return response;
  }],
  ["draining", 503, async ({ fetch, link }) => {
    await link.stop(0);
    return await post(fetch, PATH, encode(clientHello()));
  }],
];

for (const [index, [reason, status, ask]] of REFUSALS.entries()) {
  test(`P8.13 handler() says for programs, too, that it refuses by "${reason}" (${index})`, async () => {
    await using bench = new ServiceBench({ maxExchanges: 1 });
    const { status: answered, headers, body } = await ask(bench);
    assertEquals([answered, headers.get("ticketlink-refused")], [status, reason]);
    assertEquals(headers.get("connection"), reason === "draining" ? "close" : null);
    await body?.cancel();
  });
}

test("P8.13 handler() says nothing of a refusal in the answer that becomes an exchange", async () => {
  await using bench = new ServiceBench();
  const client = await openDuplex(bench.fetch, PATH);
  assertEquals(client.response.headers.get("ticketlink-refused"), null);
  await client.finish();
});

test("P8.13 handler() lets a page of another origin see a refusal where CORS exposes the header", async () => {
  await using bench = new ServiceBench();
  await bench.link.stop(0);
  const app = new Hono()
    .use(cors({ origin: "https://app.test", exposeHeaders: ["Ticketlink-Refused"] }))
    .all(PATH, bench.link.handler);
  const headers = { origin: "https://app.test", "content-type": MEDIA_TYPE };
  const response = await app.request(PATH, { method: "POST", headers, body: encode(clientHello()) });
  assertEquals(response.headers.get("access-control-expose-headers"), "Ticketlink-Refused");
  assertEquals(response.headers.get("ticketlink-refused"), "draining");
  await response.body?.cancel();
});
