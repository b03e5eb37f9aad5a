import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Context } from "npm:hono@^4";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import type { InvocationLinkOptions, ServiceLinkOptions } from "../../src/transport/mod.ts";
import type { OperationId, Ticket } from "../../src/links/mod.ts";
import { test } from "../protocol/register.ts";
import { encode } from "./frame_feed.ts";
import { NetworkBench, type Way } from "./network_bench.ts";
import { Opcode, RawWebSocket } from "./raw_web_socket.ts";
import { clientHello } from "./scripted_client.ts";

const KICK_OFF = { group: "test", subscription: "full", timeout: 60_000 } as const;
const HELLO = clientHello({ exchange: "socket" });

/** The server's options, and how the client opens a WebSocket. */
interface SocketOptions extends ServiceLinkOptions, Pick<InvocationLinkOptions, "webSocket" | "headers"> {}

/** Both links, connected by real WebSockets of Deno. */
class SocketBench extends NetworkBench {
  constructor({ webSocket, headers, ...options }: SocketOptions = {}, way: Way = "a socket") {
    super(way, { exchange: "socket", webSocket, headers }, { upgradeWebSocket, ...options });
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }
}

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

/** Deno's WebSocket takes headers; the types of the DOM, which some files here refer to, do not know. */
function openWithHeaders(url: string, protocols: string[], headers: Headers): WebSocket {
  return Reflect.construct(WebSocket, [url, { protocols, headers }]);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
}

for (const payloads of [0, 1, 200]) {
  test(`the links carry ${payloads} payloads each way over a WebSocket`, async () => {
    await using bench = new SocketBench();
    const sent = Array.from({ length: payloads }, (_, i) => Uint8Array.of(i, i >> 8));
    const call = bench.caller.call("echo");
    for (const payload of sent) call.say({ payload });
    call.say({ termination: "completion" });
    assertEquals((await within(5_000, call.ended)).termination, "completion");
    assertEquals(call.payloads.map((payload) => [...payload as Uint8Array]), sent.map((payload) => [...payload]));
  });
}

test("the links carry 4 MiB in one payload over a WebSocket", async () => {
  await using bench = new SocketBench();
  const payload = new Uint8Array(4 * 1_024 * 1_024 - 100).fill(7);
  const call = bench.caller.call("echo", { payload, termination: "completion" });
  await within(10_000, call.ended);
  assertEquals(call.payloads[0], payload);
});

test("S45 a cut wire ends all operations over a WebSocket within a second, on both sides", async () => {
  await using bench = new SocketBench({}, "a wire that can be cut");
  const calls = ["hang", "hang", "hang"].map((method) => bench.caller.call(method, { termination: "completion" }));
  await within(5_000, Promise.all(calls.map((call) => call.begun)));
  bench.wire!.cut();
  for (const call of calls) {
    const { termination, code, message } = await within(1_000, call.ended);
    assertEquals([termination, code], ["transmission failure", "unavailable"]);
    assertStringIncludes(String(message), "Lost the connection: ");
  }
  await within(1_000, until(() => bench.service.operationCount === 0));
  assertEquals(bench.echo.aborts.map(({ termination }) => termination), Array(3).fill("transmission failure"));
  const next = bench.caller.call("echo", { payload: "again", termination: "completion" });
  assertEquals((await within(5_000, next.ended)).termination, "completion");
});

test("S45 forty connections that are cut one after another leave nothing", async () => {
  await using bench = new SocketBench({}, "a wire that can be cut");
  for (let i = 0; i < 40; i++) {
    const call = bench.caller.call(i % 2 === 0 ? "hang" : "echo", { payload: new Uint8Array(i * 100) });
    if (i % 3 > 0) await within(5_000, call.begun);
    let isOver = false;
    void call.ended.then(() => isOver = true);
    // The connection may not be there yet, or only half of it.
    await within(5_000, until(() => (bench.wire!.cut(), isOver)));
  }
  await within(1_000, until(() => bench.service.exchangeCount === 0));
});

test("S45 a server that stops ends all operations over a WebSocket as shut down", async () => {
  await using bench = new SocketBench();
  const calls = ["hang", "hang"].map((method) => bench.caller.call(method, { termination: "completion" }));
  await within(5_000, Promise.all(calls.map((call) => call.begun)));
  const stopped = bench.service.stop(50);
  for (const call of calls) {
    const { termination, code } = await within(1_000, call.ended);
    assertEquals([termination, code], ["shutdown", "unavailable"]);
  }
  await within(1_500, stopped);
});

test("P9.5 a WebSocket that has carried enough is replaced, and no operation notices", async () => {
  await using bench = new SocketBench({ limits: { maxExchangeBytes: 20_000 } });
  for (let i = 0; i < 50; i++) {
    const call = bench.caller.call("echo", { payload: new Uint8Array(1_000), termination: "completion" });
    const { termination, message } = await within(10_000, call.ended);
    assertEquals(termination, "completion", String(message));
  }
});

test("S45 a client that closes its link ends its operations over a WebSocket as cancelled", async () => {
  await using bench = new SocketBench();
  const call = bench.caller.call("hang");
  await within(5_000, call.begun);
  await within(1_000, bench.link.close());
  assertEquals((await call.ended).message, "The link is closed");
  await within(1_000, until(() => bench.service.exchangeCount === 0));
  assertEquals(bench.echo.aborts.map(({ termination }) => termination), ["cancellation"]);
});

test("P8.15 a page of another origin gets no WebSocket, and is told so as far as it can be", async () => {
  const headers = new Headers({ origin: "https://evil.example" });
  const webSocket = (url: string, protocols: string[]) => openWithHeaders(url, protocols, headers);
  await using bench = new SocketBench({ webSocket });
  const { code, message } = await within(5_000, bench.caller.call("echo").ended);
  assertEquals(code, "unavailable");
  assertStringIncludes(String(message), "Cannot open a WebSocket: ");
  assertStringIncludes(String(message), "403");
  assertStringIncludes(String(message), "its onError says why");
  assertStringIncludes(bench.takeErrors().join(), "may not open a WebSocket here");
});

test("serviceLink() keeps the request's headers readable, which Deno otherwise does not once it is upgraded", async () => {
  await using bench = new SocketBench({ webSocket: openWithHeaders, headers: { authorization: "Bearer x" } });
  let context: Context | undefined;
  bench.service.joinLink({
    acceptTicket: ({ operationId, protocol }) => {
      if (protocol !== undefined) context = protocol.value as Context;
      bench.echo.say(operationId, { subscription: "full", termination: "local failure" });
    },
    joinLink: () => {},
  });
  await within(5_000, bench.caller.call("fail").ended);
  assertEquals(context?.req.header("authorization"), "Bearer x");
  assertEquals([context?.req.path, context?.req.method], ["/tickets", "GET"]);
});

test("P7.32, P9.3 a client that does not read is waited for until it is missed, and what waits is dropped", async () => {
  await using bench = new SocketBench({ timeouts: { heartbeatMs: 500 } });
  const state: { sent: number; ended: Ticket | undefined; id: OperationId } = { sent: 0, ended: undefined, id: 0 };
  bench.service.joinLink({
    acceptTicket: (ticket) => {
      state.id = ticket.operationId;
      if (ticket.termination !== undefined && ticket.termination !== "completion") state.ended = ticket;
    },
    joinLink: () => {},
  });
  using client = await RawWebSocket.open(bench.port);
  await client.send(Opcode.BINARY, encode(HELLO, { operation: 1, ...KICK_OFF, method: "m", allowance: 1_000_000 }));
  await within(5_000, until(() => state.id !== 0));
  // Loopback connections hold some megabytes themselves.
  for (; state.sent < 400; state.sent += 1) bench.echo.say(state.id, { payload: new Uint8Array(50_000) });
  await within(5_000, until(() => bench.service.exchangeCount === 0));
  assertEquals(state.ended?.code, "unavailable");
});

test("P7.29 a client that sends text is closed with 1003, and the server goes on", async () => {
  await using bench = new SocketBench();
  using client = await RawWebSocket.open(bench.port);
  await client.send(Opcode.BINARY, encode(HELLO, { operation: 1, ...KICK_OFF, method: "hang" }));
  await client.send(Opcode.TEXT, new TextEncoder().encode("hello"));
  assertEquals(await within(2_000, client.closeCode()), 1003);
  await within(2_000, until(() => bench.service.exchangeCount === 0));
  assertEquals(bench.echo.aborts.map(({ code }) => code), ["internal"]);
  const next = bench.caller.call("echo", { payload: 1, termination: "completion" });
  assertEquals((await within(2_000, next.ended)).termination, "completion");
});

test("P7.35 a client whose hello is none is closed with 4400, one that says none in time with 4408", async () => {
  await using bench = new SocketBench({ timeouts: { helloTimeoutMs: 100 } });
  using stranger = await RawWebSocket.open(bench.port);
  await stranger.send(Opcode.BINARY, new TextEncoder().encode("GET / HTTP/1.1"));
  assertEquals(await within(2_000, stranger.closeCode()), 4400);
  using silent = await RawWebSocket.open(bench.port);
  assertEquals(await within(2_000, silent.closeCode()), 4408);
  await within(2_000, until(() => bench.service.exchangeCount === 0));
});

test("P9.3 a client that falls silent is given up, though it never answers a close", async () => {
  await using bench = new SocketBench({ timeouts: { heartbeatMs: 100 } });
  using client = await RawWebSocket.open(bench.port);
  await client.send(Opcode.BINARY, encode(HELLO, { operation: 1, ...KICK_OFF, method: "hang" }));
  assertEquals(await within(2_000, client.closeCode()), 4000);
  assertEquals(bench.service.exchangeCount, 0);
  assertStringIncludes(String(bench.echo.aborts[0]?.message), "the peer was silent");
});

test("P7.34 a tab that is closed ends its operations on the server", async () => {
  await using bench = new SocketBench();
  using client = await RawWebSocket.open(bench.port);
  await client.send(Opcode.BINARY, encode(HELLO, { operation: 1, ...KICK_OFF, method: "hang" }));
  await within(2_000, until(() => bench.service.operationCount === 1));
  // What Chromium sends: 1001, going away.
  await client.send(Opcode.CLOSE, Uint8Array.of(0x03, 0xe9));
  await within(1_000, until(() => bench.service.exchangeCount === 0));
  const [abort] = bench.echo.aborts;
  assertEquals([abort?.termination, abort?.code], ["transmission failure", "unavailable"]);
  assert(String(abort?.message).includes("1001"));
});
