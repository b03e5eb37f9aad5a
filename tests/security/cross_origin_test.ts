/**
 * Why a page of another origin cannot use a visitor's cookies (CSRF): without asking first, a browser sends nothing but
 * "simple" requests (Fetch §2.2.2), and these are refused before anything of them is read (P8.1, P8.2).
 */
import { Hono } from "npm:hono@^4";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { defineService, unary } from "../../src/client.ts";
import { implement, ticketHandler } from "../../src/server.ts";
import { clientHello } from "../http/scripted_client.ts";
import { encode } from "../http/frame_feed.ts";

const MEDIA_TYPE = "application/vnd.ticketlink+cbor-seq";
const Bank = defineService("test.Bank", { pay: unary<void, void>() });

/** What moves money if it gets through. */
const TRANSFER = encode(clientHello({ exchange: "single" }), {
  operation: 1,
  group: Bank.name,
  method: "pay",
  subscription: "full",
  timeout: 1_000,
  payload: new Uint8Array([0xf7]),
  termination: "completion",
}, { kind: "end" });

/** A server that counts how often its one method is called. */
class BankServer implements AsyncDisposable {
  payments = 0;
  readonly #handler = ticketHandler(implement(Bank, { pay: () => void this.payments++ }));
  readonly app: Hono = new Hono().all("/rpc", this.#handler);

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handler.stop(0);
  }
}

/** A body that says whether anybody has looked at it. */
function watchedBody(): { readonly body: ReadableStream<Uint8Array>; readonly asked: () => number } {
  let asked = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      asked += 1;
      controller.enqueue(TRANSFER);
      controller.close();
    },
  }, { highWaterMark: 0 });
  return { body, asked: () => asked };
}

/** What a browser sends without asking, or a page may try to pass for it. */
const SIMPLE_TYPES: readonly (string | undefined)[] = [
  undefined,
  "",
  "text/plain",
  "text/plain;charset=UTF-8",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  `text/plain; ${MEDIA_TYPE}`,
  `text/plain; x="${MEDIA_TYPE}"`,
  `text/plain, ${MEDIA_TYPE}`,
  `${MEDIA_TYPE}, text/plain`,
  `multipart/form-data; boundary="${MEDIA_TYPE}"`,
];

for (const type of SIMPLE_TYPES) {
  Deno.test(`P8.2 a request that is simple, of type ${type ?? "none"}, is refused before anything is read`, async () => {
    await using bank = new BankServer();
    const { body, asked } = watchedBody();
    const headers = { origin: "https://evil.example", cookie: "session=1", ...(type && { "content-type": type }) };
    const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
    const response = await bank.app.request("/rpc", init);
    assertEquals([response.status, response.headers.get("accept-post")], [415, MEDIA_TYPE]);
    assertEquals([asked(), bank.payments], [0, 0]);
    await response.body?.cancel();
  });
}

Deno.test("P8.2 the same request is served with the media type, which no simple request can have", async () => {
  await using bank = new BankServer();
  const response = await bank.app.request("/rpc", {
    method: "POST",
    headers: { "content-type": MEDIA_TYPE },
    body: TRANSFER,
  });
  await response.arrayBuffer();
  assertEquals([response.status, bank.payments], [200, 1]);
});

Deno.test("P8.2 a form is refused over a socket although nothing of its body has been sent", async () => {
  await using bank = new BankServer();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, bank.app.fetch);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const head = [
    "POST /rpc HTTP/1.1",
    "host: bank.example",
    "origin: https://evil.example",
    "content-type: text/plain",
    "content-length: 1000000",
    "",
    "",
  ];
  await connection.write(new TextEncoder().encode(head.join("\r\n")));
  // A server that waits for the body would wait for ever.
  const timer = setTimeout(() => connection.close(), 5_000);
  const buffer = new Uint8Array(1_024);
  const answer = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  clearTimeout(timer);
  assertMatch(answer, /^HTTP\/1\.1 415 /);
  assertEquals(bank.payments, 0);
});

Deno.test("P8.1 a browser that asks first is told nothing that allows it to go on", async () => {
  await using bank = new BankServer();
  const response = await bank.app.request("/rpc", {
    method: "OPTIONS",
    headers: {
      "origin": "https://evil.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,incremental",
    },
  });
  assertEquals(response.status, 405);
  const allowing = [...response.headers.keys()].filter((name) => name.startsWith("access-control-"));
  assertEquals(allowing, []);
  assert((await response.text()).includes("only POST is allowed"));
});
