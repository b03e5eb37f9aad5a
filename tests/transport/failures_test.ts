import { assertEquals, assertRejects } from "@std/assert";
import { RpcError } from "../../mod.ts";
import type { Transport, TransportFailure } from "../../src/links/mod.ts";
import { duplexCarrier } from "../../src/transport/duplex/client.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import { socketCarrier } from "../../src/transport/socket/client.ts";
import type { WebSocketLike } from "../../src/transport/socket/web_socket.ts";
import { MEDIA_TYPE, refusalFrame } from "../../src/wire/mod.ts";
import { PortBench } from "./port_bench.ts";

/** A transport that fails, and what it has been told. */
class FailingTransport implements Transport {
  readonly traits = { requestIsWhole: false, peerGrants: true, canPauseReceive: true };
  readonly told: string[] = [];
  readonly #failure: Error;

  constructor(failure: Error) {
    this.#failure = failure;
  }

  send(): Promise<void> {
    this.told.push("send");
    return new Promise(() => {});
  }

  receive(): Promise<undefined> {
    return new Promise((_, reject) => setTimeout(() => reject(this.#failure), 1));
  }

  closeSend(): void {
    this.told.push("closeSend");
  }

  close(reason?: Error): void {
    this.told.push(`close ${reason?.message}`);
  }
}

function failure(message: string, says: Partial<TransportFailure> = {}): TransportFailure {
  return Object.assign(new Error(message), says);
}

Deno.test("TransportFailure: calls begin again if nothing has started, and are told of a lost connection else", async () => {
  for (const neverStarted of [true, false]) {
    const transports = [new FailingTransport(failure("the port is gone", { neverStarted }))];
    const opened = transports.slice();
    await using bench = new PortBench(() => opened.shift());
    const answer = bench.client.hello("Ada");
    if (neverStarted) assertEquals(await answer, "Hello, Ada");
    else await assertRejects(() => answer, RpcError, "Lost the connection: the port is gone");
    assertEquals(transports[0]?.told, ["send", "close Lost the connection: the port is gone"]);
    assertEquals(bench.transports.length, neverStarted ? 1 : 0);
  }
});

Deno.test("TransportFailure: calls end with its code, if that is one of ours", async () => {
  for (const [code, expected] of [["permission_denied", "permission_denied"], ["ECONNRESET", "unavailable"]]) {
    // Node's errors have codes of their own.
    const error = Object.assign(new Error("no"), { code });
    const opened = [new FailingTransport(error)];
    await using bench = new PortBench(() => opened.shift());
    assertEquals((await assertRejects(() => bench.client.hello("Ada"), RpcError)).code, expected);
  }
});

/** How a request is answered, and whether that states that nothing has started. */
const ANSWERS: readonly (readonly [name: string, answer: () => Response, neverStarted: boolean])[] = [
  [
    "a refusal",
    () => new Response(refusalFrame(503, "full"), { status: 503, headers: { "content-type": MEDIA_TYPE } }),
    true,
  ],
  ["a status", () => new Response("full", { status: 503 }), false],
  ["a page", () => new Response("hello"), false],
];

for (const [name, answer, neverStarted] of ANSWERS) {
  Deno.test(`TransportFailure: a duplex that is answered by ${name} ${neverStarted ? "has" : "may have"} started nothing`, async () => {
    const fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
      await new Response(body).body?.cancel();
      return answer();
    };
    const transport = duplexCarrier(invocationSettings("/", { fetch })).open({
      headers: undefined,
      opened: () => {},
      lastOperation: () => 0,
      refusedAbove: () => {},
    });
    const error: TransportFailure = await assertRejects(() => transport.receive(), Error);
    assertEquals(error.neverStarted, neverStarted);
    transport.close(error);
  });
}

Deno.test("TransportFailure: a socket that does not open has started nothing", async () => {
  const webSocket = (): WebSocketLike => ({
    binaryType: "",
    bufferedAmount: 0,
    send: () => {},
    close: () => {},
    addEventListener: (type, listener) => {
      if (type === "close") queueMicrotask(() => listener({ type, code: 1006 }));
    },
  });
  const transport = socketCarrier(invocationSettings("ws://service.test/", { webSocket })).open({
    headers: undefined,
    opened: () => {},
    lastOperation: () => 0,
    refusedAbove: () => {},
  });
  const error: TransportFailure = await assertRejects(() => transport.receive(), Error, "Cannot open a WebSocket");
  assertEquals(error.neverStarted, true);
  transport.close(error);
});
