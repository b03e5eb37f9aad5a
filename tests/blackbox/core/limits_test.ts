import { assert, assertEquals } from "@std/assert";
import { clientStreaming, createClient, defineService, implement, unary } from "../../../mod.ts";
import type { WebSocketLike } from "../../../src/links/mod.ts";
import { FrameInput, type SeenFrame } from "./frames.ts";
import { type Carrier, CARRIERS, gate, outcomeOf, pause, SHARED_CARRIERS, Site, tally } from "./site.ts";

const Busy = defineService("core.Busy", {
  take: unary<Uint8Array, number>(),
  work: unary<void, string>(),
  hold: clientStreaming<void, string>(),
});

/** How long a call may wait for another that it needs the place of. */
const LIMIT_MS = 4_000;
const CALL = { timeoutMs: LIMIT_MS - 500 };

function busy(): { readonly service: ReturnType<typeof implement>; most(): number } {
  let running = 0;
  let most = 0;
  const service = implement(Busy, {
    // Long enough that all of them run when a frame is refused.
    async take({ length }) {
      await pause(100);
      return length;
    },
    async work() {
      running += 1;
      most = Math.max(most, running);
      await pause(20);
      running -= 1;
      return "done";
    },
    async hold(messages) {
      for await (const _ of messages);
      return "over";
    },
  });
  return { service, most: () => most };
}

/** More calls than may be at once, of a client that has not been told of the limit yet. */
async function waitForTheirTurn(exchange: Carrier): Promise<void> {
  const { service, most } = busy();
  await using site = new Site(service, { limits: { maxOperations: 4 } });
  await using client = createClient(Busy, site.url, { exchange });
  const calls = Array.from({ length: 20 }, () => outcomeOf(client.work(undefined, CALL), LIMIT_MS));
  assertEquals(tally(await Promise.all(calls)), { '"done"': 20 });
  if (exchange !== "single") assert(most() <= 4, `${most()} ran at once`);
}

const TWENTY = "20 calls at once to a server that takes 4 all succeed";

for (const carrier of CARRIERS) {
  Deno.test(`${TWENTY}, on ${carrier}`, () => waitForTheirTurn(carrier));
}

/** The client knows that the only place is taken. It is free again within the deadline of the second call. */
async function waitsForPlace(exchange: Carrier): Promise<void> {
  await using site = new Site(busy().service, { limits: { maxOperations: 1 } });
  await using client = createClient(Busy, site.url, { exchange });
  const { opened, open } = gate();
  async function* messages(): AsyncGenerator<void> {
    yield;
    await opened;
  }
  const first = outcomeOf(client.hold(messages(), CALL), LIMIT_MS);
  await pause(100);
  const second = outcomeOf(client.work(undefined, CALL), LIMIT_MS);
  await pause(100);
  open();
  assertEquals([await first, await second], ['"over"', '"done"']);
}

for (const carrier of SHARED_CARRIERS) {
  Deno.test(`A call for which there is no place waits for one, on ${carrier}`, () => waitsForPlace(carrier));
}

/** First calls to a server that takes less than a client expects that has not been told. */
async function onlyTheLargeOneFails(exchange: Carrier): Promise<void> {
  await using site = new Site(busy().service, { limits: { maxFrameBytes: 200 * 1_024 } });
  await using client = createClient(Busy, site.url, { exchange, onError: () => {} });
  const sizes = [1_000, 1_000, 1_000, 300_000, 1_000, 1_000, 1_000, 1_000];
  const calls = sizes.map((size) => outcomeOf(client.take(new Uint8Array(size), CALL), LIMIT_MS));
  const [large, ...small] = (await Promise.all(calls)).toSorted((a, b) => Number(b.length) - Number(a.length));
  assertEquals(tally(small), { "1000": 7 });
  assert(large === "300000" || large?.startsWith("resource_exhausted: "), `The large one: ${large}`);
}

const ONE_ALONE = "Of first calls only one that is above the server's maxFrameBytes fails";

for (const carrier of CARRIERS) {
  Deno.test(`${ONE_ALONE}, on ${carrier}`, () => onlyTheLargeOneFails(carrier));
}

/** What may leave before the server has said what it takes: in one frame, and in all. */
const BEFORE_HELLO = { frameBytes: 1_024, allBytes: 65_536 };

/** Notes what a client sends while its server says nothing. */
class SilentServer {
  bytes = 0;
  readonly frames: SeenFrame[] = [];
  readonly #input = new FrameInput();

  take(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.frames.push(...this.#input.push(chunk));
  }

  /** A `fetch` whose request is read and never answered. */
  readonly fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    // Whatever stands for a body, a response reads it.
    for await (const chunk of new Response(init.body ?? null).body ?? []) this.take(chunk);
    return new Response(null, { status: 503 });
  };

  /** A WebSocket that opens, and then says nothing. */
  readonly webSocket = (): WebSocketLike => {
    const listeners = new Map<string, (event: { type: string; code?: number }) => void>();
    setTimeout(() => listeners.get("open")?.({ type: "open" }), 0);
    return {
      binaryType: "arraybuffer",
      bufferedAmount: 0,
      send: (data) => this.take(data),
      close: () => setTimeout(() => listeners.get("close")?.({ type: "close", code: 1_000 }), 0),
      addEventListener: (type, listener) => listeners.set(type, listener),
    };
  };
}

async function fewBytesBeforeHello(exchange: Carrier): Promise<void> {
  const server = new SilentServer();
  const client = createClient(Busy, "http://silent.example/rpc", {
    exchange,
    fetch: server.fetch,
    webSocket: server.webSocket,
    onError: () => {},
  });
  const sizes = [...Array.from({ length: 200 }, () => 1_000), 100_000, 500];
  const calls = sizes.map((size) => client.take(new Uint8Array(size), { timeoutMs: 300 }).catch(() => "expired"));
  await pause(200);
  const { bytes, frames } = server;
  await client[Symbol.asyncDispose]();
  await Promise.all(calls);
  // A WebSocket says that it is closed a little later.
  await pause(1);
  const largest = Math.max(...frames.map(({ length }) => length));
  assert(bytes > 0, "Nothing was sent at all");
  assert(largest <= BEFORE_HELLO.frameBytes, `A frame of ${largest} bytes was sent`);
  assert(bytes <= BEFORE_HELLO.allBytes, `${bytes} bytes were sent`);
}

const BEFORE = "P6.5 a client sends little, and no large frame, before it knows what the server takes";

for (const carrier of SHARED_CARRIERS) {
  Deno.test(`${BEFORE}, on ${carrier}`, () => fewBytesBeforeHello(carrier));
}
