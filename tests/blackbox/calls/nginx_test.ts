/** Calls through nginx as it is configured in the field. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createClient, type ExchangeEvent, RpcError } from "@ticketlink/ticketlink/client";
import { temporaryCertificate } from "../../certificate.ts";
import { NGINX, nginx, unbuffered } from "./nginx.ts";
import { Calls, calls } from "./service.ts";
import { serving } from "./serving.ts";

const { ignore } = NGINX;

/** Streams that cuts of an exchange have ended, and what was told of them. */
interface Cuts {
  readonly calls: number;
  readonly failures: readonly RpcError[];
  readonly events: readonly ExchangeEvent[];
}

/** Uploads 64 KiB again and again over duplex exchanges, through an nginx that takes requests of 1 MiB at most. */
async function uploadThroughLimit(count: number): Promise<Cuts> {
  await using server = serving(calls());
  await using proxy = await nginx(`client_max_body_size 1m; ${unbuffered(`http://127.0.0.1:${server.port}`)}`);
  const events: ExchangeEvent[] = [];
  const failures: RpcError[] = [];
  const client = createClient(Calls, `http://127.0.0.1:${proxy.port}/rpc`, {
    exchange: "duplex",
    onExchange: (event) => void events.push(event),
    timeoutMs: 5_000,
  });
  let left = count;
  const callInTurns = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      try {
        assertEquals(await client.take([new Uint8Array(65_536)]), 65_536);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, callInTurns));
  await client[Symbol.asyncDispose]();
  return { calls: count, failures, events };
}

Deno.test({
  name:
    "through nginx's client_max_body_size a client learns how long its exchanges may get, and loses calls to two cuts at most",
  ignore,
  fn: async () => {
    const { failures } = await uploadThroughLimit(200);
    // Four are under way at a time.
    assert(failures.length <= 8, `${failures.length} of 200 calls have failed, as: ${failures[0]}`);
  },
});

Deno.test({
  name: "onExchange says that exchanges end earlier since something on the way cuts them",
  ignore,
  fn: async () => {
    const { events } = await uploadThroughLimit(200);
    assertMatch(String(events.at(-1)?.message), /takes no more calls after \d+ bytes: something on the way has cut/);
  },
});

Deno.test({
  name: "the error of a call that nginx's client_max_body_size has cut names a limit",
  ignore,
  fn: async () => {
    const { failures } = await uploadThroughLimit(64);
    for (const { message } of failures) assertMatch(message, /\d bytes .* limit/);
    assert(failures.length > 0);
  },
});

Deno.test({
  name: "of 20 streams on single over HTTP/2 with keepalive_requests 10 all work",
  ignore,
  fn: async () => {
    await using tls = await temporaryCertificate();
    await using server = serving(calls());
    await using proxy = await nginx(unbuffered(`http://127.0.0.1:${server.port}`), {
      tls,
      http: "keepalive_requests 10;",
    });
    using http = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(tls.authority)] });
    const client = createClient(Calls, `https://127.0.0.1:${proxy.port}/rpc`, {
      exchange: "single",
      fetch: (url, init) => fetch(url, { ...init, client: http }),
      timeoutMs: 5_000,
    });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => {
      return Array.fromAsync(client.count(3)).then(String, String);
    }));
    await client[Symbol.asyncDispose]();
    assertEquals(outcomes.filter((outcome) => outcome !== "0,1,2"), []);
  },
});
