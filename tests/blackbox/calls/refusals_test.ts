/** What callers and servers are told of requests that something on the way, or the server itself, refuses. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { createClient, type FetchFunction, RpcError } from "@ticketlink/ticketlink/client";
import { freePort } from "../../attached.ts";
import { NGINX, nginx, unbuffered } from "./nginx.ts";
import { Calls, calls, within } from "./service.ts";
import { serving } from "./serving.ts";

const { ignore } = NGINX;

/** Answers everything as a proxy does that takes no large requests. */
const TOO_LARGE: FetchFunction = async (_url, { body }) => {
  if (body instanceof ReadableStream) await body.cancel();
  return new Response("<html><center><h1>413 Request Entity Too Large</h1></center></html>", { status: 413 });
};

/** Counts the connections that come to a port, and closes them. */
function countConnections(): { readonly port: number; readonly connections: () => number } & AsyncDisposable {
  let connections = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const running = (async () => {
    for await (const connection of listener) {
      connections += 1;
      connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      listener.close();
      await running;
    },
  };
}

Deno.test("with a fetch of its own and no webSocket, a client opens no socket, and reports the first failure", async () => {
  await using counter = countConnections();
  const client = createClient(Calls, `http://127.0.0.1:${counter.port}/rpc`, { fetch: TOO_LARGE, timeoutMs: 3_000 });
  const { message } = await assertRejects(() => Array.fromAsync(client.echo([1])), RpcError);
  await client[Symbol.asyncDispose]();
  assertEquals(counter.connections(), 0);
  assertMatch(message, /413/);
});

Deno.test("with a fetch of its own and a webSocket, a client opens a socket where fetch has failed", async () => {
  await using server = serving(calls(), { upgradeWebSocket });
  const client = createClient(Calls, server.url, {
    fetch: TOO_LARGE,
    webSocket: (url, protocols) => new WebSocket(url, protocols),
    timeoutMs: 3_000,
  });
  assertEquals(await Array.fromAsync(client.echo([1, 2])), [1, 2]);
  await client[Symbol.asyncDispose]();
});

Deno.test("where both a pair and a socket fail, the code is that of the first failure, and the message has the reasons of all", async () => {
  await using counter = countConnections();
  const client = createClient(Calls, `http://127.0.0.1:${counter.port}/rpc`, {
    fetch: TOO_LARGE,
    webSocket: (url, protocols) => new WebSocket(url, protocols),
    timeoutMs: 3_000,
  });
  const { code, message } = await assertRejects(() => Array.fromAsync(client.echo([1])), RpcError);
  await client[Symbol.asyncDispose]();
  assertEquals(code, "resource_exhausted");
  assertMatch(message, /no duplex: .*413.*, no pair: .*413.*, no socket: .*Cannot open a WebSocket/);
});

Deno.test("onError of the server hears why a WebSocket was refused", async () => {
  const errors: unknown[] = [];
  await using server = serving(calls(), { upgradeWebSocket, onError: (error) => errors.push(error) });
  const { response } = await send(server.port, [
    "GET /rpc HTTP/1.1",
    "host: 127.0.0.1",
    "connection: upgrade",
    "upgrade: websocket",
    "origin: https://elsewhere.example",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol: ticketlink",
  ]);
  assertMatch(response, /^HTTP\/1.1 403 /);
  assertMatch(errors.map(String).join("\n"), /origin/i);
});

Deno.test("P8.19 a stopping server reads a small body before it refuses it", async () => {
  await using server = serving(calls());
  await server.handler.stop(0);
  const body = "x".repeat(300);
  const { early, response } = await send(server.port, [
    "POST /rpc HTTP/1.1",
    "host: 127.0.0.1",
    "content-type: application/vnd.ticketlink+cbor-seq",
    `content-length: ${body.length}`,
    "connection: close",
  ], body);
  assertEquals(early, "", "It has answered before the body was there");
  assertMatch(response, /^HTTP\/1.1 503 /);
});

/** Sends a request whose body comes a while after its head; tells what was answered before it, and in all. */
async function send(
  port: number,
  head: readonly string[],
  body = "",
): Promise<{ readonly early: string; readonly response: string }> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4_096);
  let response = "";
  const read = async (): Promise<void> => {
    for (let size = await connection.read(buffer); size !== null; size = await connection.read(buffer)) {
      response += decoder.decode(buffer.subarray(0, size));
      if (response.includes("\r\n\r\n")) return;
    }
  };
  await connection.write(encoder.encode(`${head.join("\r\n")}\r\n\r\n`));
  const reading = read();
  await within(300, reading);
  const early = response;
  if (body !== "") await connection.write(encoder.encode(body)).catch(() => "it has closed the connection");
  await within(2_000, reading);
  connection.close();
  await reading.catch(() => "the connection is closed");
  return { early, response };
}

/** What nginx answers by itself, with a page of HTML. */
const PAGES: readonly {
  readonly status: number;
  readonly reason: RegExp;
  /** What stands in nginx's location, before a port that refuses connections or one that never answers. */
  readonly location: (refusing: number, silent: number) => string;
}[] = [
  {
    status: 413,
    reason: /(Request Entity|Content|Payload) Too Large/,
    location: (refusing) => `client_max_body_size 64; ${unbuffered(`http://127.0.0.1:${refusing}`)}`,
  },
  { status: 502, reason: /Bad Gateway/, location: (refusing) => unbuffered(`http://127.0.0.1:${refusing}`) },
  {
    status: 504,
    reason: /Gateway Time-?out/i,
    location: (_, silent) => unbuffered(`http://127.0.0.1:${silent}`, "proxy_read_timeout 300ms;"),
  },
];

for (const { status, reason, location } of PAGES) {
  Deno.test({
    name: `an error made of nginx's ${status} has the status, its reason and at most one line`,
    ignore,
    fn: async () => {
      using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      await using proxy = await nginx(location(freePort(), silent.addr.port));
      const client = createClient(Calls, `http://127.0.0.1:${proxy.port}/rpc`, {
        exchange: "single",
        timeoutMs: 5_000,
      });
      const { message } = await assertRejects(() => client.size(new Uint8Array(1_000)), RpcError);
      await client[Symbol.asyncDispose]();
      assertMatch(message, new RegExp(`\\b${status}\\b`));
      assertMatch(message, reason);
      assert(!/[<>\r\n]/.test(message), `It has more than a line of text: ${JSON.stringify(message)}`);
    },
  });
}
