/** Client streams in a browser: what is short is collected for one request, what is longer or slower goes up as it comes. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Hono } from "npm:hono@^4";
import {
  type Client,
  clientStreaming,
  createClient,
  defineService,
  implement,
  RpcError,
  ticketHandler,
  type TicketHandlerOptions,
} from "../../mod.ts";
import { invocationEnd, joinLinks } from "../../src/links/mod.ts";
import { HttpInvocationLink } from "../../src/transport/invocation_link.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";

const Store = defineService("demo.Store", { put: clientStreaming<Uint8Array, number>() });

/** A page's client, and a server that notes what it receives. */
class Page implements AsyncDisposable {
  readonly kinds: string[] = [];
  readonly client: Client<typeof Store.methods>;
  /** Messages that the handler has received. */
  received = 0;
  /** Whether the handler fails at the third message. */
  fails = false;
  readonly #end = invocationEnd();
  readonly #link: HttpInvocationLink;
  readonly #handler;

  constructor(options: TicketHandlerOptions = {}) {
    this.#handler = ticketHandler(
      implement(Store, {
        put: async (pieces) => {
          let bytes = 0;
          for await (const piece of pieces) {
            this.received += 1;
            bytes += piece.length;
            if (this.fails && this.received === 3) throw new RpcError("out_of_range", "no more");
          }
          return bytes;
        },
      }),
      options,
    );
    const { request } = new Hono().all("/rpc", this.#handler);
    const settings = invocationSettings("/rpc", {
      fetch: request,
      onExchange: ({ kind }) => this.kinds.push(kind),
    });
    this.#link = new HttpInvocationLink({ ...settings, inBrowser: true }, (error) => {
      throw error;
    });
    joinLinks(this.#end, this.#link);
    this.#end.start();
    // A call that hangs fails by name.
    this.client = createClient(Store, this.#end, { timeoutMs: 5_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.stop(0);
    await this.#link.close();
    assertEquals([this.#link.exchangeCount, this.#link.operationCount], [0, 0]);
    await this.#handler.stop(0);
  }
}

function* pieces(count: number, bytes: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("a client stream of 64 KiB is one request", async () => {
  await using page = new Page();
  assertEquals(await page.client.put(pieces(60, 1_000)), 60_000);
  assertEquals(page.kinds, ["single"]);
});

Deno.test("a client stream that is longer goes up as it comes, in order and as a whole", async () => {
  await using page = new Page();
  let taken = 0;
  let ahead = 0;
  async function* long(): AsyncGenerator<Uint8Array> {
    for (; taken < 400; taken++) {
      yield new Uint8Array(10_000);
      ahead = Math.max(ahead, taken - page.received);
      if (taken % 16 === 0) await pause(0);
    }
  }
  assertEquals(await page.client.put(long()), 4_000_000);
  assertEquals(page.kinds, ["single", "pair"]);
  assertEquals(page.received, 400);
  assert(ahead < 400, "nothing was received before all was sent");
});

Deno.test("a client stream that is slower goes up as it comes", async () => {
  await using page = new Page();
  const seen: number[] = [];
  async function* slow(): AsyncGenerator<Uint8Array> {
    for (let i = 1; i <= 4; i++) {
      yield new Uint8Array(i);
      await pause(60);
      seen.push(page.received);
    }
  }
  assertEquals(await page.client.put(slow()), 10);
  assertEquals(page.kinds, ["single", "pair"]);
  assert(seen[2]! >= 2, `received so far: ${seen}`);
});

Deno.test("a client stream that has outgrown its request is told what its handler throws, and of its response", async () => {
  await using page = new Page();
  page.fails = true;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield new Uint8Array(40_000);
      await pause(1);
    }
  }
  let status: number | undefined;
  const call = page.client.put(endless(), { onHttpResponse: (response) => status = response.status });
  const error = await assertRejects(() => call, RpcError, "no more");
  assertEquals(error.code, "out_of_range");
  assertEquals(status, 200);
});

Deno.test("a client stream that has outgrown its request can be cancelled", async () => {
  await using page = new Page();
  const abort = new AbortController();
  async function* slow(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield new Uint8Array(1);
      await pause(20);
      if (page.received > 4) abort.abort();
    }
  }
  const error = await assertRejects(() => page.client.put(slow(), { signal: abort.signal }), RpcError);
  assertEquals(error.code, "cancelled");
});

Deno.test("a client stream is collected to its end where nothing else can carry it", async () => {
  await using page = new Page({ pair: false });
  assertEquals(await page.client.put(pieces(1, 1)), 1);
  // By now the client knows that the server offers no pair, and it serves no sockets.
  assertEquals(await page.client.put(pieces(100, 10_000)), 1_000_000);
  assertEquals(page.kinds, ["single", "single"]);
});
