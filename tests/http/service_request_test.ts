import { Hono } from "npm:hono@^4";
import { cors } from "npm:hono@^4/cors";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { MEDIA_TYPE } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed } from "./frame_feed.ts";
import { clientHello, openDuplex, openSingle, post, postStream, refusalText } from "./scripted_client.ts";
import { partBody } from "./scripted_pair.ts";

/** Checks that an answer is an ordinary HTTP one, and returns its text. */
async function refusal(response: Response, status: number): Promise<string> {
  assertEquals(response.headers.get("cache-control"), "no-store");
  return await refusalText(response, status);
}

for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
  test(`P8.1 handler() answers ${method} with 405`, async () => {
    await using bench = new ServiceBench();
    const response = await bench.app.request(PATH, { method });
    const text = await refusal(response, 405);
    assertEquals(response.headers.get("allow"), "POST");
    if (method !== "HEAD") assertStringIncludes(text, `with ${method}: only POST is allowed`);
  });
}

for (const contentType of ["application/json", "application/cbor-seq", "text/plain", `${MEDIA_TYPE}2`, ""]) {
  test(`P8.2 handler() answers media type "${contentType}" with 415`, async () => {
    await using bench = new ServiceBench();
    const response = await post(bench.fetch, PATH, encode(clientHello()), { headers: { "content-type": contentType } });
    assertStringIncludes(await refusal(response, 415), `expected content type "${MEDIA_TYPE}", got "${contentType}"`);
    assertEquals(response.headers.get("accept-post"), MEDIA_TYPE);
  });
}

test("P8.2 handler() answers a request without a media type with 415", async () => {
  await using bench = new ServiceBench();
  const response = await bench.app.request(PATH, { method: "POST", body: new Uint8Array(3) });
  assertStringIncludes(await refusal(response, 415), "got none");
});

test("P8.2 handler() gives up a body that it does not take", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  const headers = { "content-type": "text/plain" };
  await refusal(await postStream(bench.fetch, PATH, feed.stream, { headers }), 415);
  await feed.cancelled;
});

test("P8.3 handler() answers a content encoding with 415", async () => {
  await using bench = new ServiceBench();
  const response = await post(bench.fetch, PATH, encode(clientHello()), { headers: { "content-encoding": "gzip" } });
  assertStringIncludes(await refusal(response, 415), 'expected no content encoding, got "gzip"');
});

for (const contentType of [MEDIA_TYPE.toUpperCase(), `${MEDIA_TYPE}; charset=binary`, ` ${MEDIA_TYPE} ;x=y`]) {
  test(`P8.2 handler() takes "${contentType}" for the media type`, async () => {
    await using bench = new ServiceBench();
    const headers = { "content-type": contentType, "content-encoding": "identity" };
    const client = await openSingle(bench.fetch, PATH, [], { headers });
    assertEquals(client.response.status, 200);
    assertEquals(await client.gets.rest(), [{ kind: "end" }]);
  });
}

test("P8.9 handler() says that nobody may buffer, store or recode the response", async () => {
  await using bench = new ServiceBench();
  const client = await openSingle(bench.fetch, PATH, []);
  const { headers } = client.response;
  assertEquals(headers.get("content-type"), MEDIA_TYPE);
  assertEquals(headers.get("incremental"), "?1");
  assertEquals(headers.get("cache-control"), "no-store, no-transform");
  assertEquals(headers.get("x-accel-buffering"), "no");
  await client.gets.rest();
});

/** Bodies that do not begin with a hello that can be taken, with a part of what they are told. */
const BAD_BEGINNINGS:
  readonly (readonly [rule: string, name: string, body: Uint8Array<ArrayBuffer> | null, says: string])[] = [
    ["P8.4", "no body", null, "expected a body that begins with a hello, got an empty one"],
    ["P8.4", "an empty body", new Uint8Array(), "expected a body that begins with a hello, got an empty one"],
    ["P8.4", "text", new TextEncoder().encode('{"hello": 1}'), "Cannot read a frame"],
    ["P8.4", "HTML", new TextEncoder().encode("<!doctype html>"), "Cannot read a frame"],
    ["P8.4", "zeros", new Uint8Array(100), "Cannot read a frame"],
    ["P8.4", "all ones", new Uint8Array(100).fill(0xff), "Cannot read a frame"],
    ["P8.4", "a frame of nothing", Uint8Array.of(0x40), "Cannot read a frame"],
    ["P8.4", "half a hello", encode(clientHello()).slice(0, 5), "got 5 bytes of a frame that is longer"],
    ["P7.1", "a ticket first", encode({ operation: 1, payload: 1 }), "got a ticket of operation 1 before the hello"],
    ["P7.1", "a ping first", encode({ kind: "ping", value: 1 }), 'got an item "ping" before the hello'],
    ["P7.1", "an end first", encode({ kind: "end" }), 'got an item "end" before the hello'],
    ["P8.4", "another version", encode(clientHello({ versions: [2, 3] })), "offers version 1, got one with 2, 3"],
    ["P8.4", "no version", encode(clientHello({ versions: [] })), "offers version 1, got one with none"],
    [
      "P7.4",
      "the socket kind",
      encode(clientHello({ exchange: "socket" })),
      "expected a duplex or a single one, got socket",
    ],
    ["P7.5", "tiny frames", encode(clientHello({ maxFrameBytes: 10 })), "the peer accepts frames of 10 bytes"],
  ];

for (const [rule, name, body, says] of BAD_BEGINNINGS) {
  test(`${rule} handler() answers ${name} with 400`, async () => {
    await using bench = new ServiceBench();
    const neighbour = await openDuplex(bench.fetch, PATH);
    assertStringIncludes(await refusal(await post(bench.fetch, PATH, body), 400), says);

    neighbour.sends.send({ operation: 1, group: "g", method: "m", subscription: "full", timeout: 1_000 });
    await bench.mate.expectTicket({ group: "g" });
    bench.mate.send({ termination: "cancellation" });
    await neighbour.gets.expect({ operation: 1 });
    await neighbour.finish();
  });
}

for (const exchange of [undefined, "pair", "socket"] as const) {
  test(`P7.4 handler() answers a hello for exchange ${exchange} with 400`, async () => {
    await using bench = new ServiceBench();
    const text = await refusal(await post(bench.fetch, PATH, encode(clientHello({ exchange }))), 400);
    assertStringIncludes(text, `expected a duplex or a single one, got ${exchange ?? "none"}`);
  });
}

test("P8.5 handler() answers a first frame that declares 4 GiB with 413, before any of it has come", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  feed.raw(Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff));
  const text = await refusal(await postStream(bench.fetch, PATH, feed.stream), 413);
  assertStringIncludes(text, "4294967295");
  assertStringIncludes(text, "maxFrameBytes");
  await feed.cancelled;
});

test("P8.6 handler() answers with 408 if no hello comes in time", async () => {
  await using bench = new ServiceBench({ timeouts: { helloTimeoutMs: 3_000 } });
  const feed = new FrameFeed();
  feed.raw(encode(clientHello()).slice(0, 4));
  const response = postStream(bench.fetch, PATH, feed.stream);
  await bench.clock.advance(2_999);
  assertEquals(bench.link.exchangeCount, 1);
  await bench.clock.advance(1);
  assertStringIncludes(await refusal(await response, 408), "no complete hello in 3000 ms (helloTimeoutMs)");
  await feed.cancelled;
});

test("P8.4 handler() answers with 400 if the body breaks off before the hello", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  const response = postStream(bench.fetch, PATH, feed.stream);
  await bench.clock.runMicrotasks();
  feed.error(new Error("gone"));
  await refusal(await response, 400);
});

test("P8.7 handler() answers with 503 above maxExchanges, and takes one again when one has ended", async () => {
  await using bench = new ServiceBench({ limits: { maxExchanges: 2 } });
  const first = await openDuplex(bench.fetch, PATH);
  const second = await openDuplex(bench.fetch, PATH);
  const response = await post(bench.fetch, PATH, encode(clientHello()));
  assertEquals(response.headers.get("retry-after"), "1");
  assertStringIncludes(await refusal(response, 503), "2 are open already (maxExchanges)");
  await first.finish();
  await (await openDuplex(bench.fetch, PATH)).finish();
  await second.finish();
});

test("P8.7 handler() answers with 503 once the link is stopping, also who has not said hello", async () => {
  await using bench = new ServiceBench();
  const feed = new FrameFeed();
  const waiting = postStream(bench.fetch, PATH, feed.stream);
  await bench.clock.runMicrotasks();
  await bench.link.stop(1_000);
  await bench.clock.advance(1_000);
  assertStringIncludes(await refusal(await waiting, 503), "the service is stopping");

  const response = await post(bench.fetch, PATH, encode(clientHello()));
  assertEquals(response.headers.get("retry-after"), "1");
  assertStringIncludes(await refusal(response, 503), "the service is stopping");
});

for (const kind of ["single", "pair"] as const) {
  for (const when of ["before", "after"] as const) {
    test(`P8.19 handler() reads the request of a ${kind} exchange that began ${when} the stop, and refuses it`, async () => {
      await using bench = new ServiceBench();
      if (when === "after") await bench.link.stop(0);
      const feed = new FrameFeed();
      const response = postStream(bench.fetch, PATH, feed.stream);
      await bench.clock.runMicrotasks();
      await bench.link.stop(0);
      const hello = encode(clientHello({ exchange: kind }));
      feed.raw(kind === "pair" ? partBody(undefined, 0, hello) : hello);
      await bench.clock.advance(900);
      assertEquals(await Promise.race([response, nextTurn()]), undefined);
      feed.close();
      assertStringIncludes(await refusal(await response, 503), "the service is stopping");
    });
  }
}

test("P8.19 handler() reads as many refused requests as before when others could not be read", async () => {
  await using bench = new ServiceBench({ limits: { maxExchanges: 1 } });
  await bench.link.stop(0);
  const app = new Hono().use(async (context, next) => {
    context.req.raw.body?.getReader();
    await next();
  }).onError((_error, context) => context.text("Locked", 500)).all(PATH, bench.link.handler);
  const locked = await post((url, init) => app.request(url, init), PATH, encode(clientHello()));
  assertEquals([locked.status, await locked.text()], [500, "Locked"]);
  const feed = new FrameFeed();
  const response = postStream(bench.fetch, PATH, feed.stream);
  assertEquals(await Promise.race([response, nextTurn()]), undefined);
  feed.close();
  await refusal(await response, 503);
});

test("P8.19 handler() does not wait for the end of a request that stays open", async () => {
  await using bench = new ServiceBench();
  await bench.link.stop(0);
  const feed = new FrameFeed();
  const response = postStream(bench.fetch, PATH, feed.stream);
  feed.send(clientHello({ exchange: "duplex" }));
  assertStringIncludes(await refusal(await response, 503), "the service is stopping");
  await feed.cancelled;
});

test("handler() mounts after middleware, on any path, and keeps the headers that it sets", async () => {
  await using bench = new ServiceBench();
  const app = new Hono().basePath("/api");
  app.use("*", cors({ origin: "https://example.com" }));
  app.use("/v1/*", async (context, next) => {
    if (context.req.header("authorization") !== "Bearer yes") return context.text("Who is there?", 401);
    context.header("x-middleware", "was here");
    return await next();
  });
  app.post("/v1/:tenant/tickets", bench.link.handler);
  const fetch = (url: string, init: RequestInit) => app.request(url, init);

  const refused = await post(fetch, "/api/v1/acme/tickets", encode(clientHello()));
  assertEquals(refused.status, 401);
  await refused.text();

  const headers = { authorization: "Bearer yes", origin: "https://example.com" };
  const client = await openSingle(fetch, "/api/v1/acme/tickets", [], { headers });
  assertEquals(client.response.headers.get("x-middleware"), "was here");
  assertEquals(client.response.headers.get("access-control-allow-origin"), "https://example.com");
  assertEquals(client.response.headers.get("content-type"), MEDIA_TYPE);
  await client.gets.rest();
});

test("P8.8 handler() says what is wrong in a text that nobody stores", async () => {
  await using bench = new ServiceBench({ limits: { maxExchanges: 1 } });
  await refusal(await bench.app.request(PATH), 405);
  await refusal(await bench.app.request(PATH, { method: "POST" }), 415);
  await refusal(await post(bench.fetch, PATH, "text"), 400);
  const client = await openDuplex(bench.fetch, PATH);
  await refusal(await post(bench.fetch, PATH, encode(clientHello())), 503);
  await client.finish();
});

test("handler() throws if something has read the request's body before", async () => {
  await using bench = new ServiceBench();
  const app = new Hono();
  let caught: unknown;
  app.onError((error, context) => {
    caught = error;
    return context.text("failed", 500);
  });
  app.post("/read", async (context, next) => {
    await context.req.raw.clone().arrayBuffer();
    await context.req.raw.arrayBuffer();
    await next();
  }, bench.link.handler);
  const response = await post((url, init) => app.request(url, init), "/read", encode(clientHello()));
  assertEquals(response.status, 500);
  await response.text();
  assertStringIncludes(String(caught), "Cannot open an exchange: the request's body has been read by something else");
});

test("serviceLink() refuses options out of range", () => {
  for (const option of ["maxOperations", "maxExchanges", "idleMs", "maxExchangeAgeMs", "maxExchangeBytes"]) {
    let caught: unknown;
    try {
      new ServiceBench({ [option.endsWith("Ms") ? "timeouts" : "limits"]: { [option]: 0 } });
    } catch (error) {
      caught = error;
    }
    assertStringIncludes(String(caught), `RangeError: Cannot use option "${option}"`);
  }
});
