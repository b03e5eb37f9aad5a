import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type HttpInvocationContext, invocationLink, type InvocationLinkOptions } from "../../src/transport/mod.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import { encode } from "./frame_feed.ts";
import { ScriptedSocketServer, type ScriptedWebSocket } from "./scripted_sockets.ts";
import { serverHello } from "./scripted_server.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;
const MIB = 1_048_576;

/** An invocation link that opens WebSockets. */
class SocketBench extends InvocationBench {
  readonly sockets: ScriptedSocketServer;

  constructor(options: InvocationLinkOptions = {}, url?: string) {
    const sockets = new ScriptedSocketServer();
    super({ exchange: "socket", webSocket: sockets.webSocket, ...options }, url);
    this.sockets = sockets;
  }

  /** Takes the WebSocket of an operation that has been begun. */
  async dialled(): Promise<ScriptedWebSocket> {
    await this.clock.runMicrotasks();
    return this.sockets.next();
  }

  /** Begins an operation and lets the server greet. */
  async converse(): Promise<ScriptedWebSocket> {
    this.mate.open({ ...KICK_OFF });
    const socket = await this.dialled();
    socket.open();
    await socket.gets.expect({ kind: "hello", exchange: "socket" });
    await socket.gets.expect({ operation: 1, group: "g" });
    socket.say(serverHello());
    await this.clock.runMicrotasks();
    return socket;
  }
}

/** Ends the one operation and the exchange, and closes as a server does. */
async function finish(bench: SocketBench, socket: ScriptedWebSocket): Promise<void> {
  bench.mate.send({ termination: "completion" });
  socket.say({ operation: 1, subscription: "full", termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  await socket.gets.expect({ termination: "completion" });
  await bench.clock.advance(1_000);
  await socket.gets.expectExactly({ kind: "end" });
  assertEquals(socket.closedWith, undefined);
  socket.say({ kind: "end" });
  socket.closeByPeer(1000);
  await bench.clock.runMicrotasks();
  assertEquals(bench.link.exchangeCount, 0);
}

test("P7.27 invocationLink() carries operations in the messages of one WebSocket", async () => {
  await using bench = new SocketBench({ headers: { authorization: "me" } });
  assertEquals(bench.link.exchange, "socket");
  bench.mate.open({ ...KICK_OFF, payload: "up" });
  const socket = await bench.dialled();
  assertEquals(socket.url, "ws://service.test/tickets");
  assertEquals(socket.binaryType, "arraybuffer");
  assertEquals([...socket.headers], [["authorization", "me"]]);
  await bench.clock.runMicrotasks();
  assertEquals(socket.lengths, []);
  socket.open();
  await socket.gets.expect({ kind: "hello", versions: [1], exchange: "socket" });
  await socket.gets.expect({ operation: 1, payload: "up" });
  socket.say(serverHello(), { operation: 1, subscription: "full", payload: "down" });
  const { protocol } = await bench.mate.expectTicket({ payload: "down" });
  const context: HttpInvocationContext = { status: 101, headers: undefined };
  assertEquals(protocol, { kind: "invocation context", value: context });
  await finish(bench, socket);
});

test("P7.27 invocationLink() reads the same however the bytes are cut into messages, whatever kind they are", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  const bytes = encode({ operation: 1, payload: "one" }, { operation: 1, payload: "two" });
  bytes.forEach((byte, i) => {
    const data = [Uint8Array.of(byte).buffer, new Blob([Uint8Array.of(byte)]), Uint8Array.of(byte)][i % 3];
    socket.tell({ type: "message", data });
  });
  await bench.clock.runMicrotasks();
  await bench.mate.expectTicket({ payload: "one" });
  await bench.mate.expectTicket({ payload: "two" });
  await finish(bench, socket);
});

test("P8.17 invocationLink() asks for the subprotocol ticketlink", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  assertEquals(socket.protocols, ["ticketlink"]);
  await finish(bench, socket);
});

for (
  const [url, asked] of [
    ["http://a.example/rpc?x=1", "ws://a.example/rpc?x=1"],
    ["https://a.example/rpc#part", "wss://a.example/rpc"],
    ["wss://a.example/rpc", "wss://a.example/rpc"],
    ["http://a.example:8080", "ws://a.example:8080/"],
  ] as const
) {
  test(`invocationLink() opens a WebSocket to ${asked} for ${url}`, async () => {
    await using bench = new SocketBench({}, url);
    bench.mate.open({ ...KICK_OFF });
    const socket = await bench.dialled();
    assertEquals(socket.url, asked);
    socket.tell({ type: "error" });
    await bench.mate.expectTicket({ termination: "transmission failure" });
  });
}

test("invocationLink() resolves a path against the page's address", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "location")!;
  Object.defineProperty(globalThis, "location", { configurable: true, value: new URL("https://page.example/a/b") });
  try {
    await using bench = new SocketBench({}, "/rpc");
    bench.mate.open({ ...KICK_OFF });
    const socket = await bench.dialled();
    assertEquals(socket.url, "wss://page.example/rpc");
    socket.tell({ type: "error" });
    await bench.mate.expectTicket({ termination: "transmission failure" });
  } finally {
    Object.defineProperty(globalThis, "location", own);
  }
});

test("invocationLink() says at once why there can be no WebSocket", () => {
  const webSocket = new ScriptedSocketServer().webSocket;
  const link = (url: string, options: InvocationLinkOptions) => () =>
    invocationLink(url, { exchange: "socket", ...options });
  assertThrows(link("/rpc", { webSocket }), TypeError, '"/rpc" is no URL that a WebSocket can have');
  assertThrows(link("ftp://a.example", { webSocket }), TypeError, "no URL that a WebSocket can have");
  assertThrows(link("http://a.example", { headers: {} }), TypeError, "a WebSocket sends no headers");
  const own = globalThis.WebSocket;
  try {
    Reflect.deleteProperty(globalThis, "WebSocket");
    assertThrows(link("http://a.example", {}), TypeError, "there is no WebSocket here, and no option webSocket");
  } finally {
    globalThis.WebSocket = own;
  }
});

test("invocationLink() sends a call's headers with a WebSocket of its own, over those of the link", async () => {
  const headers = () => Promise.resolve({ authorization: "link", "x-link": "1" });
  await using bench = new SocketBench({ headers });
  bench.mate.open({
    ...KICK_OFF,
    protocol: { kind: "call option", value: { headers: { authorization: "call" } } },
    termination: "completion",
  });
  const socket = await bench.dialled();
  assertEquals([...socket.headers], [["authorization", "call"], ["x-link", "1"]]);
  socket.open();
  socket.say(serverHello(), { operation: 1, subscription: "full", termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  await socket.gets.expect({ kind: "hello" });
  await socket.gets.expect({ operation: 1 });
  await socket.gets.expectExactly({ kind: "end" });
  socket.say({ kind: "end" });
  socket.closeByPeer(1000);
  await bench.clock.runMicrotasks();
});

test("invocationLink() fails a call whose headers cannot be sent", async () => {
  await using bench = new SocketBench({ webSocket: undefined });
  bench.mate.open({ ...KICK_OFF, protocol: { kind: "call option", value: { headers: { authorization: "call" } } } });
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "unimplemented" });
  assertStringIncludes(String(message), "Cannot send the call's headers");
});

test("invocationLink() fails what needs a WebSocket that cannot be made", async () => {
  const webSocket = (): never => {
    throw new SyntaxError("no such port");
  };
  await using bench = new SocketBench({ webSocket });
  bench.mate.open({ ...KICK_OFF });
  await bench.mate.expectTicket({ code: "unavailable", message: "Cannot open a WebSocket: no such port" });
});

const WHERE_TO_LOOK = "; if the server refused it, its onError says why";

test("invocationLink() tells why a WebSocket did not open, where the platform does", async () => {
  await using bench = new SocketBench();
  bench.mate.open({ ...KICK_OFF });
  const first = await bench.dialled();
  first.tell({ type: "error", message: "Invalid status code: 404" });
  first.closeByPeer(1006);
  await bench.mate.expectTicket({ message: `Cannot open a WebSocket: Invalid status code: 404${WHERE_TO_LOOK}` });
  assertEquals(first.closedWith?.code, 4000);
  bench.mate.open({ ...KICK_OFF });
  const second = await bench.dialled();
  second.closeByPeer(1006);
  const { code, message } = await bench.mate.expectTicket({ termination: "transmission failure" });
  assertEquals(
    [code, message],
    ["unavailable", `Cannot open a WebSocket: the WebSocket was closed with code 1006${WHERE_TO_LOOK}`],
  );
});

test("P7.29 invocationLink() fails an exchange for a message of text, and tells the server", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  socket.tell({ type: "message", data: "text" });
  const message = "Cannot go on with the exchange: expected messages of bytes, got one of text";
  await bench.mate.expectTicket({ termination: "transmission failure", code: "internal", message });
  await socket.gets.expectExactly({ kind: "end", code: "internal", message });
  assertEquals(bench.link.exchangeCount, 0);
  assert(socket.closedWith !== undefined);
});

test("P7.29 invocationLink() fails an exchange whose server begins with text", async () => {
  await using bench = new SocketBench();
  bench.mate.open({ ...KICK_OFF });
  const socket = await bench.dialled();
  socket.open();
  socket.tell({ type: "message", data: "welcome" });
  await bench.mate.expectTicket({ termination: "transmission failure", code: "internal" });
  assertEquals(socket.closedWith?.code, 4000);
});

test("P7.31 invocationLink() fails an exchange for a message above maxBufferedBytes", async () => {
  await using bench = new SocketBench({ limits: { maxBufferedBytes: 5_000, maxFrameBytes: 5_000 } });
  const socket = await bench.converse();
  socket.tell({ type: "message", data: new ArrayBuffer(10_001) });
  const { message } = await bench.mate.expectTicket({
    termination: "transmission failure",
    code: "resource_exhausted",
  });
  assertStringIncludes(String(message), "maxBufferedBytes");
  await socket.gets.expect({ kind: "end", code: "resource_exhausted" });
  assert(socket.closedWith !== undefined);
});

test("P7.30 invocationLink() sends no message above 262,144 bytes", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  const payload = new Uint8Array(1_000_000).map((_, i) => i);
  bench.mate.send({ payload });
  await socket.gets.expect({ payload });
  assert(socket.lengths.every((length) => length <= 262_144));
  await finish(bench, socket);
});

test("P7.32 invocationLink() waits while a mebibyte waits in the WebSocket", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  socket.bufferedAmount = MIB + 1;
  bench.mate.send({ payload: "first" });
  await bench.clock.advance(100);
  bench.mate.send({ payload: "second" });
  await bench.clock.advance(100);
  await socket.gets.expectNothing();
  socket.bufferedAmount = MIB;
  await bench.clock.advance(160);
  await socket.gets.expect({ payload: "first" });
  await socket.gets.expect({ payload: "second" });
  await finish(bench, socket);
});

test("P7.32 invocationLink() lets what a server does not read wait, and sends it when it reads again", async () => {
  await using bench = new SocketBench({ flow: { highWaterBytes: 100_000 } });
  const socket = await bench.converse();
  socket.bufferedAmount = 2 * MIB;
  const payloads = Array.from({ length: 40 }, (_, i) => new Uint8Array(10_000).fill(i));
  for (const payload of payloads) {
    bench.mate.send({ payload });
    await bench.clock.runMicrotasks();
  }
  await bench.clock.advance(5_000);
  await bench.mate.expectNothing();
  await socket.gets.expectNothing();
  socket.bufferedAmount = 0;
  await bench.clock.advance(160);
  for (const payload of payloads) await socket.gets.expect({ payload });
  bench.mate.send({ termination: "cancellation" });
  await socket.gets.expect({ termination: "cancellation" });
});

for (const code of [1000, 1001, 1006, 4400]) {
  test(`P7.34 invocationLink() takes a close with ${code} before the end item for a lost connection`, async () => {
    await using bench = new SocketBench();
    const socket = await bench.converse();
    socket.closeByPeer(code);
    await bench.mate.expectTicket({
      termination: "transmission failure",
      code: "unavailable",
      message: `Lost the connection: the WebSocket was closed with code ${code}`,
    });
    assertEquals(bench.link.exchangeCount, 0);
  });
}

test("P7.34 invocationLink() reads what came before a close", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  socket.say({ operation: 1, subscription: "full", payload: 1 });
  socket.tell({ type: "message", data: new Blob([encode({ operation: 1, payload: 2 })]) });
  socket.say({ operation: 1, payload: 3 });
  socket.closeByPeer(1006);
  await bench.clock.runMicrotasks();
  for (const payload of [1, 2, 3]) await bench.mate.expectTicket({ payload });
  await bench.mate.expectTicket({ termination: "transmission failure" });
});

test("P7.33 invocationLink() leaves it to the server to close, for as long as it waits for any end", async () => {
  await using bench = new SocketBench({ timeouts: { heartbeatMs: 1_000, idleMs: 500 } });
  const socket = await bench.converse();
  bench.mate.send({ termination: "completion" });
  socket.say({ operation: 1, subscription: "full", termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  await socket.gets.expect({ termination: "completion" });
  await bench.clock.advance(500);
  await socket.gets.expect({ kind: "end" });
  socket.say({ kind: "end" });
  await bench.clock.advance(7_999);
  assertEquals([socket.closedWith, bench.link.exchangeCount], [undefined, 1]);
  await bench.clock.advance(1);
  assertEquals([socket.closedWith, bench.link.exchangeCount], [{ code: 1000, reason: "" }, 0]);
});

for (
  const [status, code] of [
    [400, "internal"],
    [408, "unavailable"],
    [413, "resource_exhausted"],
  ] as const
) {
  test(`P7.35 invocationLink() takes a refusal with ${status} for an answer`, async () => {
    await using bench = new SocketBench();
    bench.mate.open({ ...KICK_OFF });
    const socket = await bench.dialled();
    socket.open();
    await socket.gets.expect({ kind: "hello" });
    socket.say({ kind: "refusal", status, message: "Cannot open an exchange: so it is" });
    socket.closeByPeer(4_000 + status, "Cannot open an exchange: so it is");
    const message = `The server answered with status ${status}: "Cannot open an exchange: so it is"`;
    await bench.mate.expectTicket({ termination: "transmission failure", code, message });
  });
}

test("P7.35 invocationLink() begins again what a server refuses that states so", async () => {
  await using bench = new SocketBench();
  bench.mate.open({ ...KICK_OFF });
  const refused = await bench.dialled();
  refused.open();
  refused.say({ kind: "refusal", status: 503, message: "Cannot open an exchange: the service is stopping" });
  await bench.clock.advance(1_000);
  const socket = await bench.dialled();
  socket.open();
  await socket.gets.expect({ kind: "hello" });
  await socket.gets.expect({ operation: 1, group: "g" });
  socket.say(serverHello());
  await finish(bench, socket);
});

test("P7.35 invocationLink() begins nothing again after a close with 4503, which anybody may have made", async () => {
  await using bench = new SocketBench();
  bench.mate.open({ ...KICK_OFF });
  const socket = await bench.dialled();
  socket.open();
  socket.closeByPeer(4503, "stopping");
  const message = 'Lost the connection: the WebSocket was closed with code 4503, "stopping"';
  await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable", message });
  await bench.clock.advance(10_000);
  assertEquals(bench.link.exchangeCount, 0);
});

test("P7.35 invocationLink() takes another close before the first message for a lost connection", async () => {
  await using bench = new SocketBench();
  bench.mate.open({ ...KICK_OFF });
  const socket = await bench.dialled();
  socket.open();
  socket.closeByPeer(1011, "why");
  const message = 'Lost the connection: the WebSocket was closed with code 1011, "why"';
  await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable", message });
});

test("invocationLink() gives up a WebSocket that does not open in time, and one whose server says nothing", async () => {
  await using bench = new SocketBench({ timeouts: { helloTimeoutMs: 700 } });
  for (const opens of [false, true]) {
    bench.mate.open({ ...KICK_OFF });
    const socket = await bench.dialled();
    if (opens) socket.open();
    await bench.clock.advance(699);
    assertEquals(socket.closedWith, undefined);
    await bench.clock.advance(1);
    await bench.mate.expectTicket({ termination: "transmission failure", message: "No hello of the server in 700 ms" });
    assertEquals(socket.closedWith, { code: 4000, reason: "" });
    socket.open();
    socket.say(serverHello());
    await bench.clock.runMicrotasks();
  }
});

test("invocationLink() closes a WebSocket that is on its way when the link is closed", async () => {
  await using bench = new SocketBench();
  bench.mate.open({ ...KICK_OFF });
  const socket = await bench.dialled();
  const closed = bench.link.close();
  await bench.mate.expectTicket({ termination: "transmission failure", message: "The link is closed" });
  await bench.clock.advance(1_000);
  await closed;
  assert(socket.closedWith !== undefined);
});

test("invocationLink() takes an error of sending for a lost connection", async () => {
  await using bench = new SocketBench();
  const socket = await bench.converse();
  socket.broken = new Error("not open");
  bench.mate.send({ payload: 1 });
  const message = "Lost the connection: the WebSocket takes nothing more";
  await bench.mate.expectTicket({ termination: "transmission failure", message });
});
