import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { createClient, defineService, implement, RpcError, ticketHandler, unary } from "../../mod.ts";
import { type Clock, serviceLink, type Timer } from "../../src/links/mod.ts";
import { defaultIsolation } from "../../src/hono/ticket_handler.ts";
import { encode } from "../http/frame_feed.ts";
import { clientHello } from "../http/scripted_client.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";

const Slow = defineService("test.Slow", { wait: unary<void, string>() });

/** Handlers that answer when they are let. */
class Waiting {
  readonly waiting: ((answer: string) => void)[] = [];
  #called: () => void = () => {};

  readonly service = implement(Slow, {
    wait: () =>
      new Promise<string>((resolve) => {
        this.waiting.push(resolve);
        this.#called();
      }),
  });

  async untilCalled(times: number): Promise<void> {
    while (this.waiting.length < times) await new Promise<void>((resolve) => this.#called = resolve);
  }

  answer(): void {
    for (const resolve of this.waiting.splice(0)) resolve("done");
  }
}

/** The platform's clock, which notes which timers wait for something that is not to be at once. */
class NotingClock implements Clock {
  readonly waiting: Set<Timer> = new Set();

  now(): number {
    return performance.now();
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer = setTimeout(() => {
      this.waiting.delete(timer);
      callback();
    }, delayMs);
    if (delayMs >= 20) this.waiting.add(timer);
    return timer;
  }

  clearTimer(timer: Timer): void {
    this.waiting.delete(timer);
    clearTimeout(timer as number);
  }
}

for (const isolation of ["none", "request"] as const) {
  Deno.test(`ticketHandler() arms ${isolation === "none" ? "one timer for all" : "a timer for each"} with isolation "${isolation}"`, async () => {
    const served = new Waiting();
    const clock = new NotingClock();
    await using handler = ticketHandler(served.service, {
      isolation,
      clock,
      timeouts: { heartbeatMs: 200_000, idleMs: 200_000 },
    });
    const app = new Hono().all("/rpc", handler);
    await using client = createClient(Slow, "/rpc", { fetch: app.request, exchange: "single" });
    const calls = [1, 2, 3].map(() => client.wait(undefined, { timeoutMs: 60_000 }));
    await served.untilCalled(3);
    await nextTurn();
    const armed = clock.waiting.size;
    served.answer();
    assertEquals(await Promise.all(calls), ["done", "done", "done"]);
    assertEquals(armed, isolation === "none" ? 1 : 3);
  });
}

Deno.test('ticketHandler() with isolation "request" forgets each request when it is over, and counts those that are open', async () => {
  const served = new Waiting();
  await using handler = ticketHandler(served.service, { isolation: "request", limits: { maxExchanges: 1 } });
  const app = new Hono().all("/rpc", handler);
  await using client = createClient(Slow, "/rpc", { fetch: app.request, exchange: "single" });
  for (let i = 0; i < 3; i++) {
    const call = client.wait();
    await served.untilCalled(1);
    assertEquals((await postNothing(app)).status, 503);
    served.answer();
    assertEquals(await call, "done");
  }
  assertEquals((await postNothing(app)).status, 400);
});

Deno.test('ticketHandler() with isolation "request" stops all that is open, and takes no more', async () => {
  const served = new Waiting();
  const handler = ticketHandler(served.service, { isolation: "request" });
  const app = new Hono().all("/rpc", handler);
  await using client = createClient(Slow, "/rpc", { fetch: app.request, exchange: "single" });
  const calls = [1, 2].map(() => assertRejects(() => client.wait(), RpcError));
  await served.untilCalled(2);
  await handler.stop(0);
  assertEquals((await Promise.all(calls)).map(({ code }) => code), ["unavailable", "unavailable"]);
  assertEquals((await postNothing(app)).status, 503);
});

for (const isolation of ["none", "request"] as const) {
  Deno.test(`P7.42 ticketHandler() with isolation "${isolation}" begins once what comes twice`, async () => {
    const served = new Waiting();
    await using handler = ticketHandler(served.service, { isolation });
    const app = new Hono().all("/rpc", handler);
    const opening = { operation: 1, group: "test.Slow", method: "wait", subscription: "full", timeout: 1_000 } as const;
    const request = encode(
      clientHello({ exchange: "single", attempt: Uint8Array.of(1, 2, 3) }),
      { ...opening, payload: Uint8Array.of(0xf7), termination: "completion" },
      { kind: "end" },
    );
    const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
    const [first, second] = [1, 2].map(() => app.request("/rpc", { method: "POST", headers, body: request }));
    await served.untilCalled(1);
    assertStringIncludes(await (await second!).text(), "the request has been repeated");
    served.answer();
    assertStringIncludes(await (await first!).text(), "done");
    assertEquals(served.waiting.length, 0);
  });
}

Deno.test('ticketHandler() with isolation "request" has no pairs', async () => {
  await using handler = ticketHandler(new Waiting().service, { isolation: "request" });
  const app = new Hono().all("/rpc", handler);
  await using client = createClient(Slow, "/rpc", { fetch: app.request, exchange: "pair" });
  const { code } = await assertRejects(() => client.wait(), RpcError);
  assertEquals(code, "unimplemented");
});

Deno.test("defaultIsolation() is by request on Workers alone", () => {
  assertEquals(defaultIsolation({ userAgent: "Cloudflare-Workers" }), "request");
  assertEquals(defaultIsolation({ userAgent: "Deno/2.9.6" }), "none");
  assertEquals(defaultIsolation(undefined), "none");
});

Deno.test("serviceLink() runs an idle action once: at once without exchanges, else when the last has ended", async () => {
  const errors: unknown[] = [];
  const link = serviceLink({ onError: (error) => errors.push(error) });
  const ran: string[] = [];
  link.addIdleAction(() => {
    throw new Error("of the action");
  });
  link.addIdleAction(() => ran.push("at once"));
  assertEquals(ran, ["at once"]);
  assertEquals(errors.map(String), ["Error: of the action"]);

  const app = new Hono().all("/rpc", link.handler);
  const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const answer = app.request("/rpc", { method: "POST", headers, body: body.readable });
  await writer.write(encode(clientHello()));
  const response = await answer;
  link.addIdleAction(() => ran.push("at the end"));
  assertEquals(ran, ["at once"]);
  await writer.write(encode({ kind: "end" }));
  await writer.close();
  await response.arrayBuffer();
  assertEquals(ran, ["at once", "at the end"]);
  await link.stop(0);
});

/** A request that cannot become an exchange, if it is not refused before it is read. */
async function postNothing(app: Hono): Promise<Response> {
  const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
  const response = await app.request("/rpc", { method: "POST", headers, body: new Uint8Array() });
  await response.body?.cancel();
  return response;
}
