import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Ticket } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { FrameFeed } from "./frame_feed.ts";
import { NetworkBench, type Way } from "./network_bench.ts";
import { openDuplex } from "./scripted_client.ts";

const WAYS: readonly Way[] = ["app.request", "a socket"];
const KICK_OFF = { group: "test", subscription: "full", timeout: 60_000 } as const;

/** Fails if something takes longer than it may. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

for (const way of WAYS) {
  for (const exchange of ["duplex", "single", "pair"] as const) {
    for (const payloads of [0, 1, 200]) {
      test(`the links carry ${payloads} payloads each way by ${way} on a ${exchange} exchange`, async () => {
        await using bench = new NetworkBench(way, { exchange });
        const sent = Array.from({ length: payloads }, (_, i) => Uint8Array.of(i, i >> 8));
        const call = bench.caller.call("echo");
        for (const payload of sent) call.say({ payload });
        call.say({ termination: "completion" });
        const { termination } = await within(5_000, call.ended);
        assertEquals(termination, "completion");
        assertEquals(call.payloads.map((payload) => [...payload as Uint8Array]), sent.map((payload) => [...payload]));
      });
    }

    test(`the links carry 4 MiB in one payload by ${way} on a ${exchange} exchange`, async () => {
      await using bench = new NetworkBench(way, { exchange });
      const payload = new Uint8Array(4 * 1_024 * 1_024 - 100).fill(7);
      const call = bench.caller.call("echo", { payload, termination: "completion" });
      await within(5_000, call.ended);
      assertEquals((call.payloads[0] as Uint8Array).length, payload.length);
    });
  }

  test(`a thousand operations at once by ${way}: each ends as it should, and nothing is left`, async () => {
    await using bench = new NetworkBench(way);
    const ends = Array.from({ length: 1_000 }, async (_, i) => {
      switch (i % 5) {
        case 0: {
          const call = bench.caller.call("echo", { payload: i, termination: "completion" });
          assertEquals([(await call.ended).termination, call.payloads], ["completion", [i]]);
          return;
        }
        case 1: {
          const call = bench.caller.call("count", { payload: i % 50, termination: "completion" });
          assertEquals([(await call.ended).termination, call.payloads.length], ["completion", i % 50]);
          return;
        }
        case 2:
          assertEquals((await bench.caller.call("fail").ended).termination, "local failure");
          return;
        case 3: {
          const call = bench.caller.call("hang");
          await call.begun;
          return call.say({ termination: "cancellation" });
        }
        default: {
          const call = bench.caller.call("echo");
          for (let n = 0; n < 10; n++) {
            call.say({ payload: n });
            await Promise.resolve();
          }
          call.say({ termination: "completion" });
          assertEquals([(await call.ended).termination, call.payloads.length], ["completion", 10]);
        }
      }
    });
    await within(10_000, Promise.all(ends));
    assertEquals(bench.link.exchangeCount, 1);
    assertEquals(bench.link.operationCount, 0);
    for (let i = 0; i < 100 && bench.service.operationCount > 0; i++) await new Promise((done) => setTimeout(done, 10));
    assertEquals(bench.service.operationCount, 0);
    assertEquals(bench.echo.aborts.length, 200);
  });

  test(`S46 a slow reader pauses a producer by ${way} on a single exchange`, async () => {
    const limits = { maxBufferedBytes: 4_000_000 };
    await using bench = new NetworkBench(way, { exchange: "single", limits }, { limits });
    const state: { produced: number; credit: number; id: Ticket["operationId"] } = { produced: 0, credit: 1, id: 0 };
    let mayGo: (() => void) | undefined;
    bench.service.joinLink({
      acceptTicket: ({ operationId, allowance = 0, termination }) => {
        state.id = operationId;
        state.credit += allowance;
        if (termination === "cancellation") mayGo?.();
        for (; state.credit > 0; state.credit--, state.produced++) {
          bench.echo.say(operationId, { payload: new Uint8Array(10_000) });
        }
      },
      joinLink: () => {},
    });
    const call = bench.caller.call("produce", { allowance: 3, termination: "completion" });
    await within(5_000, call.begun);
    // The producer runs until the wire is full: sockets hold some megabytes on loopback.
    let before = -1;
    while (state.produced !== before) {
      before = state.produced;
      await new Promise((done) => setTimeout(done, 100));
    }
    assertEquals(call.payloads.length, 4);
    assert(state.produced < 2_000, `${state.produced} payloads were produced`);
    call.say({ allowance: 100 });
    await within(5_000, until(() => call.payloads.length === 104));
    const cancelled = new Promise<void>((resolve) => mayGo = resolve);
    call.say({ termination: "cancellation" });
    await within(1_000, cancelled);
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
}

for (const exchange of ["duplex", "single", "pair"] as const) {
  test(`S45 a cut wire ends all operations of a ${exchange} link within a second, on both sides`, async () => {
    await using bench = new NetworkBench("a wire that can be cut", { exchange });
    const calls = ["hang", "hang", "hang"].map((method) => bench.caller.call(method, { termination: "completion" }));
    await within(5_000, Promise.all(calls.map((call) => call.begun)));
    bench.wire!.cut();
    for (const call of calls) {
      const { termination, code, message } = await within(1_000, call.ended);
      assertEquals([termination, code], ["transmission failure", "unavailable"]);
      assertStringIncludes(String(message), "Lost the connection: ");
    }
    await within(1_000, until(() => bench.service.operationCount === 0));
    assertEquals(bench.echo.aborts.length, 3);
    for (const { termination } of bench.echo.aborts) {
      assertEquals(termination, exchange === "single" ? "cancellation" : "transmission failure");
    }

    const next = bench.caller.call("echo", { payload: "again", termination: "completion" });
    assertEquals((await within(5_000, next.ended)).termination, "completion");
  });

  test(`S45 a server that stops ends all operations of a ${exchange} link as shut down`, async () => {
    await using bench = new NetworkBench("a socket", { exchange });
    const calls = ["hang", "hang"].map((method) => bench.caller.call(method, { termination: "completion" }));
    await within(5_000, Promise.all(calls.map((call) => call.begun)));
    const stopped = bench.service.stop(50);
    for (const call of calls) {
      const { termination, code } = await within(1_000, call.ended);
      assertEquals([termination, code], ["shutdown", "unavailable"]);
    }
    await within(1_500, stopped);
  });
}

test("S45 a client that aborts its request ends its operations on the server within a second", async () => {
  await using bench = new NetworkBench("a socket");
  const controller = new AbortController();
  const client = await openDuplex(fetch, bench.url, { signal: controller.signal });
  client.sends.send({ operation: 1, ...KICK_OFF, method: "hang" });
  await client.gets.expect({ operation: 1 });
  controller.abort();
  await within(1_000, until(() => bench.service.exchangeCount === 0));
  assertEquals(bench.echo.aborts.map(({ termination, code }) => [termination, code]), [
    ["transmission failure", "unavailable"],
  ]);
  await client.gets.failure();
});

test("P7.15 a client that closes the response of a single exchange cancels its operation within a second", async () => {
  await using bench = new NetworkBench("a socket", { exchange: "single" });
  const call = bench.caller.call("hang", { termination: "completion" });
  await within(5_000, call.begun);
  call.say({ termination: "cancellation" });
  await within(1_000, until(() => bench.service.operationCount === 0));
  assertEquals(bench.echo.aborts.map(({ termination }) => termination), ["cancellation"]);
});

test("S45 a client that closes its link ends its operations on the server as cancelled", async () => {
  await using bench = new NetworkBench("a socket");
  const call = bench.caller.call("hang");
  await within(5_000, call.begun);
  await within(1_000, bench.link.close());
  assertEquals((await call.ended).message, "The link is closed");
  await within(1_000, until(() => bench.service.exchangeCount === 0));
  assertEquals(bench.echo.aborts.map(({ termination }) => termination), ["cancellation"]);
});

test("S43 operations end at once where nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using bench = new NetworkBench("app.request", { fetch: (_, init) => fetch(`http://127.0.0.1:${port}/`, init) });
  const { termination, code, message } = await within(2_000, bench.caller.call("echo").ended);
  assertEquals([termination, code], ["transmission failure", "unavailable"]);
  assertStringIncludes(String(message), "Cannot reach the server: ");
});

/** What something that is no service link may answer a connection with. */
const STRANGERS: readonly (readonly [name: string, bytes: string, says: string])[] = [
  ["nothing", "", "Cannot reach the server: "],
  ["garbage", "\0\0\0\0 220 smtp.example.com ESMTP\r\n\r\n", "Cannot reach the server: "],
  ["a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "which is no exchange"],
  ["an error", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad", 'status 502: "bad"'],
];

for (const [name, bytes, says] of STRANGERS) {
  test(`S43 operations end at once where ${name} is the answer`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const answered = (async () => {
      for await (const connection of listener) {
        await connection.read(new Uint8Array(1_024));
        await connection.write(new TextEncoder().encode(bytes));
        connection.close();
      }
    })();
    await using bench = new NetworkBench("app.request", {
      fetch: (_, init) => fetch(`http://127.0.0.1:${port}/`, init),
    });
    const { termination, message } = await within(2_000, bench.caller.call("echo").ended);
    assertEquals(termination, "transmission failure");
    assertStringIncludes(String(message), says);
    listener.close();
    await answered;
  });
}

test("P3.4 a client over a socket that declares 4 GiB is refused, and the server goes on", async () => {
  await using bench = new NetworkBench("a socket");
  const feed = new FrameFeed();
  feed.raw(Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff));
  const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
  const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body: feed.stream, duplex: "half" };
  const response = await within(2_000, fetch(bench.url, init));
  assertEquals(response.status, 413);
  await response.text();
  feed.close();
  const next = bench.caller.call("echo", { payload: 1, termination: "completion" });
  assertEquals((await within(2_000, next.ended)).termination, "completion");
});

test("P9.5 an exchange that has carried enough is replaced, and no operation notices", async () => {
  await using bench = new NetworkBench("a socket", {}, { limits: { maxExchangeBytes: 20_000 } });
  for (let i = 0; i < 100; i++) {
    const call = bench.caller.call("echo", { payload: new Uint8Array(1_000), termination: "completion" });
    const { termination, message } = await within(10_000, call.ended);
    assertEquals(termination, "completion", String(message));
  }
});
