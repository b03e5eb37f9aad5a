/**
 * Makes both sides of each carrier's transports, without exchanges: in memory, and over loopback.
 *
 * @module
 */
import { fail } from "@std/assert";
import { type Context, Hono } from "npm:hono@^4";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { PLATFORM_CLOCK } from "../../src/clock.ts";
import type { Transport } from "../../src/links/mod.ts";
import type { TransportPair } from "../../src/testing/mod.ts";
import type { Carrier, ClientTransport } from "../../src/transport/client/client_exchange.ts";
import { duplexCarrier } from "../../src/transport/duplex/client.ts";
import { openDuplex } from "../../src/transport/duplex/server.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import { pairCarrier } from "../../src/transport/pair/client.ts";
import { PairSessions } from "../../src/transport/pair/server.ts";
import { HandlerHttp } from "../../src/transport/server/handler_http.ts";
import { helloTimeout } from "../../src/transport/server/http_refusal.ts";
import { BufferBudget } from "../../src/transport/server/load_limits.ts";
import { RequestBody } from "../../src/transport/server/request_body.ts";
import {
  type OpeningRequest,
  type RequestExchange,
  type RequestHost,
  RequestTransport,
  RESPONSE_HEADERS,
} from "../../src/transport/server/request_transport.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { socketCarrier } from "../../src/transport/socket/client.ts";
import { SocketServerTransport } from "../../src/transport/socket/server.ts";
import type { UpgradedSocketEvents } from "../../src/transport/socket/upgrade.ts";
import type { WebSocketEvent, WebSocketLike } from "../../src/transport/socket/web_socket.ts";
import { encode } from "../http/frame_feed.ts";
import { clientHello } from "../http/scripted_client.ts";
import { serverHello } from "../http/scripted_server.ts";

/** How the two sides reach each other. */
export type Way = "in memory" | "over loopback";

/** Carriers that are made of requests. */
type RequestKind = "duplex" | "pair";

const CONTEXT = { kind: "servicer context", value: undefined } as const;

/** Serves requests of HTTP without exchanges. */
class HttpHost implements RequestHost {
  readonly budget = new BufferBudget(Infinity);
  readonly app: Hono;
  readonly opened: Promise<RequestTransport>;
  exchangeId: Uint8Array | undefined;
  readonly #settings = serviceSettings({});
  #resolveOpened!: (transport: RequestTransport) => void;

  constructor(kind: RequestKind) {
    this.opened = new Promise((resolve) => this.#resolveOpened = resolve);
    const sessions = new PairSessions(this, this.#settings);
    this.app = new Hono().post("/", async (context) => {
      const body = this.#bodyOf(context);
      if (kind === "duplex") return await this.#answer(context, openDuplex(this, context, body, {}).transport);
      await body.beginsWithPart();
      const arrival = await sessions.receive(context, body);
      if (arrival.kind === "opened") return await this.#answer(context, arrival.transport);
      return context.body(null, arrival.kind === "taken" ? 204 : 400);
    });
  }

  checkCapacity(): undefined {}

  open(context: Context, request: OpeningRequest): RequestExchange {
    // The transport is used by itself, so that nothing asks for the exchange.
    return { transport: this.#open(context, request), exchange: undefined as never };
  }

  #open(context: Context, request: OpeningRequest): RequestTransport {
    this.exchangeId = request.exchangeId;
    const transport = new RequestTransport({ ...request, whenLeft: () => () => {}, http: new HandlerHttp(context) });
    this.#resolveOpened(transport);
    return transport;
  }

  #bodyOf(context: Context): RequestBody {
    const body = context.req.raw.body ?? fail("Expected a body");
    const timeout = { ms: 60_000, refusal: () => helloTimeout(60_000) };
    const received = new RequestBody(body, PLATFORM_CLOCK, timeout, () => {});
    received.settled();
    return received;
  }

  async #answer(context: Context, transport: RequestTransport): Promise<Response> {
    transport.opened();
    await transport.answer;
    return context.body(transport.body, 200, { ...RESPONSE_HEADERS });
  }
}

/** Opens a transport of requests. */
export async function openRequests(kind: RequestKind, way: Way): Promise<TransportPair> {
  const host = new HttpHost(kind);
  const server = way === "over loopback" ? serve(host.app) : undefined;
  const url = server?.url ?? "http://service.test/";
  const fetch = server === undefined ? { fetch: (to: string, init: RequestInit) => host.app.request(to, init) } : {};
  const settings = invocationSettings(url, fetch);
  const client = (kind === "duplex" ? duplexCarrier : pairCarrier)(settings).open({
    headers: undefined,
    opened: () => {},
    lastOperation: () => 0,
    refusedAbove: () => {},
  });
  await greet(client, host.opened, () => host.exchangeId);
  return { client, server: await host.opened, release: () => server?.shutdown() };
}

/** Opens a WebSocket. */
export async function openSocket(way: Way): Promise<TransportPair> {
  const transport = new SocketServerTransport(serviceSettings({}), CONTEXT);
  const app = new Hono().get("/", upgradeWebSocket(() => transport.events));
  const server = way === "over loopback" ? serve(app) : undefined;
  const url = server?.url ?? "http://service.test/";
  const memory = server === undefined ? { webSocket: () => memorySocket(transport.events) } : {};
  const carrier: Carrier = socketCarrier(invocationSettings(url, memory));
  const client = carrier.open({ headers: undefined, opened: () => {}, lastOperation: () => 0, refusedAbove: () => {} });
  await greet(client, Promise.resolve(transport), () => undefined);
  return { client, server: transport, release: () => server?.shutdown() };
}

function serve(app: Hono): { readonly url: string; shutdown(): Promise<void> } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  return { url: `http://127.0.0.1:${server.addr.port}/`, shutdown: () => server.shutdown() };
}

/** Some carriers need the hellos: a pair waits for that of its server, and all open with the client's. */
async function greet(
  client: ClientTransport,
  opened: Promise<Transport>,
  exchangeId: () => Uint8Array | undefined,
): Promise<void> {
  const sent = client.send(encode(clientHello()));
  const server = await opened;
  await server.receive();
  const answered = server.send(encode(serverHello()));
  await client.receive();
  client.greeted?.({ kind: "hello", versions: [1], exchangeId: exchangeId() });
  // A body settles what was sent when it is asked for more, as by the laws.
  void Promise.all([sent, answered]).catch(() => "the law notices");
}

/** A client's WebSocket whose server is this. */
function memorySocket(events: UpgradedSocketEvents): WebSocketLike {
  const listeners = new Map<string, (event: WebSocketEvent) => void>();
  const tell = (event: WebSocketEvent): void => listeners.get(event.type)?.(event);
  let isClosed = false;
  const close = (code = 1005, reason = ""): void => {
    if (isClosed) return;
    isClosed = true;
    queueMicrotask(() => {
      events.onClose({ code, reason }, server);
      tell({ type: "close", code, reason });
    });
  };
  const server = {
    send: (data: Uint8Array<ArrayBuffer>) => later({ type: "message", data: data.slice().buffer }),
    close,
  };
  const later = (event: WebSocketEvent): void => queueMicrotask(() => tell(event));
  queueMicrotask(() => {
    events.onOpen(undefined, server);
    later({ type: "open" });
  });
  return {
    binaryType: "blob",
    bufferedAmount: 0,
    send: (data) => {
      const { buffer } = data.slice();
      if (!isClosed) queueMicrotask(() => events.onMessage({ data: buffer }, server));
    },
    close,
    addEventListener: (type, listener) => void listeners.set(type, listener),
  };
}
