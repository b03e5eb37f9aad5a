/** Calls on platforms that do not stream, or that share nothing between requests. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type Client, createClient, RpcError, type UrlClientOptions } from "@ticketlink/ticketlink/client";
import { Hono } from "npm:hono@^4";
import { ticketHandler } from "@ticketlink/ticketlink/server";
import { lambdaFetch } from "./lambda.ts";
import { Calls, calls, within } from "./service.ts";
import { serving } from "./serving.ts";
import { startWorker } from "./workerd.ts";

/** What came of a call, and how soon. */
interface Ended<T> {
  readonly outcome: T | RpcError;
  readonly ms: number;
}

/** Makes a call to a service on AWS Lambda, behind `handle` of `hono/aws-lambda`. */
async function callLambda<T>(
  call: (client: Client<typeof Calls.methods>) => Promise<T>,
  options: UrlClientOptions = {},
): Promise<Ended<T>> {
  const handler = ticketHandler(calls(), { onError() {} });
  const app = new Hono().all("/rpc", handler);
  const client = createClient(Calls, "http://127.0.0.1:1/rpc", {
    fetch: lambdaFetch(app),
    timeoutMs: 4_000,
    ...options,
    timeouts: { probeTimeoutMs: 500, ...options.timeouts },
  });
  const startMs = performance.now();
  const outcome = await call(client).catch((error: unknown) => {
    if (error instanceof RpcError) return error;
    throw error;
  });
  const ms = performance.now() - startMs;
  await client[Symbol.asyncDispose]();
  await handler.stop(0);
  return { outcome, ms };
}

/** Asserts that a call has failed in about the time of a probe, and says why. */
function assertFailedEarly({ outcome, ms }: Ended<unknown>): void {
  assert(outcome instanceof RpcError, `It has not failed: ${outcome}`);
  assertNotEquals(outcome.code, "deadline_exceeded");
  assert(ms < 2_500, `It failed after ${Math.round(ms)} ms: ${outcome}`);
  assertMatch(outcome.message, /buffer|stream/);
}

Deno.test("on AWS Lambda a unary call and short streams one way work", async () => {
  const { outcome } = await callLambda(async (client) => [
    await client.hello("Ada"),
    await Array.fromAsync(client.count(3)),
    await client.take([new Uint8Array(10)]),
  ]);
  assertEquals(outcome, ["Hello, Ada", [0, 1, 2], 10]);
});

Deno.test("on AWS Lambda a unary call may take longer than a hello", async () => {
  const { outcome } = await callLambda((client) => client.wait(1_500), {
    timeouts: { helloTimeoutMs: 400, heartbeatMs: 400 },
  });
  assertEquals(outcome, "waited 1500 ms");
});

Deno.test("on AWS Lambda a bidirectional stream fails early", async () => {
  assertFailedEarly(await callLambda((client) => Array.fromAsync(client.echo([1, 2]))));
});

Deno.test("P7.43 on AWS Lambda a stream without an end fails early", async () => {
  assertFailedEarly(await callLambda((client) => Array.fromAsync(client.ticks(50))));
});

Deno.test(
  "on Workers a client that was made outside of a request says what to do",
  async () => {
    await using server = serving(calls());
    await using worker = await startWorker(
      new URL("worker.ts", import.meta.url),
      { prelude: `globalThis.SERVER_URL = ${JSON.stringify(server.url)};\n` },
    );
    for (let i = 0; i < 8; i++) {
      const response = await within(3_000, fetch(worker.url));
      assert(response !== undefined, "There is no answer");
      const { status } = response;
      const text = await response.text();
      assertEquals([status, text], [
        599,
        "RpcError [failed_precondition]: Cannot call with a client that was made outside of a request: on Workers make one within each request",
      ]);
    }
  },
);
