import { assertEquals, assertStringIncludes } from "@std/assert";
import { MEDIA_TYPE } from "../../src/transport/mod.ts";
import { readRefusalFrame } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed } from "./frame_feed.ts";
import { clientHello, openDuplex, post, postStream } from "./scripted_client.ts";
import { partBody } from "./scripted_pair.ts";

/** What gets each refusal, with the time that it takes to get it. */
const REFUSALS: readonly (readonly [
  name: string,
  status: number,
  isStated: boolean,
  ask: (bench: ServiceBench) => Promise<Response>,
])[] = [
  ["another method", 405, false, async ({ app }) => await app.request(PATH)],
  ["another media type", 415, false, async ({ app }) => await app.request(PATH, { method: "POST", body: "x" })],
  ["an encoding", 415, false, ({ fetch }) => post(fetch, PATH, "x", { headers: { "content-encoding": "br" } })],
  ["an empty body", 400, false, ({ fetch }) => post(fetch, PATH, null)],
  ["another item than a hello", 400, false, ({ fetch }) => post(fetch, PATH, encode({ kind: "end" }))],
  ["another version", 400, false, ({ fetch }) => post(fetch, PATH, encode(clientHello({ versions: [9] })))],
  ["a long frame", 413, false, ({ fetch }) => post(fetch, PATH, Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff))],
  ["no hello in time", 408, false, async ({ fetch, clock }) => {
    const answer = postStream(fetch, PATH, new FrameFeed().stream);
    await clock.advance(10_000);
    return await answer;
  }],
  ["an exchange too many", 503, true, async ({ fetch }) => {
    const open = await openDuplex(fetch, PATH);
    const response = await post(fetch, PATH, encode(clientHello()));
    await open.finish();
    return response;
  }],
  ["a request of a link that is stopping", 503, true, async ({ fetch, link }) => {
    await link.stop(0);
    return await post(fetch, PATH, encode(clientHello()));
  }],
  ["a part of no exchange", 404, true, ({ fetch }) => {
    return post(fetch, PATH, partBody(Uint8Array.of(1, 2, 3), 1, encode({ kind: "ping", value: 0 })));
  }],
];

for (const [name, status, isStated, ask] of REFUSALS) {
  const how = isStated ? "an item" : "a text";
  test(`P8.13 handler() answers ${name} with ${status} and ${how} that says why`, async () => {
    await using bench = new ServiceBench({ limits: { maxExchanges: 1 } });
    const response = await ask(bench);
    assertEquals(response.status, status);
    assertEquals(response.headers.get("content-type"), isStated ? MEDIA_TYPE : "text/plain; charset=utf-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(response.headers.get("connection"), name.includes("stopping") ? "close" : null);
    const body = await response.bytes();
    const refusal = readRefusalFrame(body);
    assertEquals(refusal?.status, isStated ? status : undefined);
    const text = isStated ? String(refusal?.message) : new TextDecoder().decode(body);
    assertStringIncludes(text, "Cannot ");
  });
}
