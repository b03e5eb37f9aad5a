/** Server streams in a browser, which has six connections to an origin over HTTP/1.1: from the third on they share one. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Hono } from "npm:hono@^4";
import {
  type CallOptions,
  type Client,
  createClient,
  defineService,
  implement,
  RpcError,
  serverStreaming,
  ticketHandler,
  type TicketHandlerOptions,
  unary,
} from "../../mod.ts";
import { type ExchangeEvent, invocationEnd, joinLinks } from "../../src/links/mod.ts";
import { openStreamsFrom } from "../../src/transport/client/open_streams.ts";
import { HttpInvocationLink } from "../../src/transport/invocation_link.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";

const News = defineService("demo.News", { follow: serverStreaming<number, number>(), latest: unary<void, string>() });

type NewsClient = Client<typeof News.methods>;

/** A page at an origin of its own, with the streams that it has open, and its server. */
class Page implements AsyncDisposable {
  readonly events: ExchangeEvent[] = [];
  readonly client: NewsClient;
  readonly #handler;
  readonly #origin = `http://${crypto.randomUUID()}.test`;
  readonly #getEntries = performance.getEntries;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #request;

  /** `protocol` is what the browser tells of requests to the origin. */
  constructor(protocol: string, options: TicketHandlerOptions = {}) {
    performance.getEntries = () => [this.#entry("https://elsewhere.test/", "h3"), this.#entry(this.#origin, protocol)];
    this.#handler = ticketHandler(
      implement(News, {
        async *follow(first, { signal }) {
          yield first;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        },
        latest: () => "nothing new",
      }),
      options,
    );
    this.#request = new Hono().all("/rpc", this.#handler).request;
    this.client = this.newClient();
  }

  /** Makes a client with a link of its own. */
  newClient(): NewsClient {
    const end = invocationEnd();
    const url = `${this.#origin}/rpc`;
    const settings = invocationSettings(url, {
      fetch: this.#request,
      onExchange: (event) => void this.events.push(event),
    });
    const link = new HttpInvocationLink({ ...settings, inBrowser: true, streams: openStreamsFrom(url) }, (error) => {
      throw error;
    });
    joinLinks(end, link);
    end.start();
    this.#closers.push(async () => {
      await end.stop(0);
      await link.close();
    });
    return createClient(News, end, { timeoutMs: 5_000 });
  }

  /** Opens a stream, and returns what it brings first, or how it fails. */
  async open(client = this.client, options: CallOptions = {}): Promise<unknown> {
    const stream = client.follow(1, options);
    const first = await stream.next().catch((error) => error);
    return first instanceof RpcError ? first : first.value;
  }

  takeKinds(): string[] {
    return this.events.splice(0).map(({ kind }) => kind);
  }

  #entry(origin: string, nextHopProtocol: string): PerformanceEntry {
    const entry = { name: `${origin}/page`, entryType: "resource", startTime: 0, duration: 0, nextHopProtocol };
    return { ...entry, toJSON: () => entry };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers) await close();
    await this.#handler.stop(0);
    performance.getEntries = this.#getEntries;
  }
}

for (const protocol of ["http/1.1", "", "unknown"]) {
  Deno.test(`the third open stream goes to a pair where the protocol is "${protocol}", and so do all others`, async () => {
    await using page = new Page(protocol);
    for (let i = 0; i < 5; i++) assertEquals(await page.open(), 1);
    assertEquals(page.takeKinds(), ["single", "single", "pair"]);
    assertEquals(await page.client.latest(), "nothing new");
    assertEquals(page.takeKinds(), ["single"]);
  });
}

for (const protocol of ["h2", "h3"]) {
  Deno.test(`all streams have requests of their own where the protocol is ${protocol}`, async () => {
    await using page = new Page(protocol);
    for (let i = 0; i < 5; i++) assertEquals(await page.open(), 1);
    assertEquals(new Set(page.takeKinds()), new Set(["single"]));
  });
}

Deno.test("the protocol is unknown where there are no entries of performance", async () => {
  await using page = new Page("h2");
  Reflect.set(performance, "getEntries", undefined);
  for (let i = 0; i < 3; i++) assertEquals(await page.open(), 1);
  assertEquals(page.takeKinds(), ["single", "single", "pair"]);
});

Deno.test("a third stream waits until the server has said what it offers", async () => {
  await using page = new Page("http/1.1");
  assertEquals(await Promise.all([1, 2, 3, 4].map(() => page.open())), [1, 1, 1, 1]);
  assertEquals(page.takeKinds(), ["single", "single", "pair"]);
});

Deno.test("streams that are over leave room for others", async () => {
  await using page = new Page("http/1.1");
  for (let i = 0; i < 5; i++) {
    const stream = page.client.follow(1);
    assertEquals((await stream.next()).value, 1);
    await stream.return();
  }
  assertEquals(new Set(page.takeKinds()), new Set(["single"]));
});

Deno.test("a third stream over HTTP/1.1 fails at once and says why where nothing carries several", async () => {
  await using page = new Page("http/1.1", { pair: false });
  const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map(() => page.open()));
  assertEquals([first, second], [1, 1]);
  for (const failure of [third, fourth]) {
    assertMatch(String(failure), /Cannot open another stream: 2 streams are open, and over HTTP\/1\.1/);
    assertStringIncludes(String(failure), "there is no pair: the server does not offer it, no socket: the server does");
    assertEquals((failure as RpcError).code, "resource_exhausted");
  }
  assertEquals(await page.client.latest(), "nothing new");
});

Deno.test("a third stream over an unknown protocol gets a request of its own, and a warning, where nothing carries several", async () => {
  await using page = new Page("", { pair: false });
  assertEquals(await Promise.all([1, 2].map(() => page.open())), [1, 1]);
  assertEquals(page.events.map(({ message }) => message), [undefined, undefined]);
  assertEquals(await page.open(), 1);
  assertEquals(page.events.length, 3);
  assertStringIncludes(
    String(page.events[2]?.message),
    "If this is HTTP/1.1, calls may wait for a connection: 2 streams are open",
  );
});

Deno.test("a stream with headers of its own shares no pair", async () => {
  await using page = new Page("http/1.1");
  const headers = { "x-own": "1" };
  for (let i = 0; i < 4; i++) assertEquals(await page.open(page.client, { headers }), 1);
  assertEquals(page.takeKinds(), ["single", "single", "pair", "pair"]);
  const failure = await page.open(page.client, { headers });
  assertStringIncludes(String(failure), "no pair: over HTTP/1.1 it would take a connection too many");
});

Deno.test("all links to an origin together open four responses over HTTP/1.1", async () => {
  await using page = new Page("http/1.1");
  const clients = [page.client, page.newClient(), page.newClient(), page.newClient()];
  const outcomes: unknown[] = [];
  for (const client of clients) for (let i = 0; i < 2; i++) outcomes.push(await page.open(client));
  assertEquals(outcomes.slice(0, 6), [1, 1, 1, 1, 1, 1]);
  assertEquals(page.takeKinds(), ["single", "single", "pair", "pair"]);
  for (const failure of outcomes.slice(6)) assertMatch(String(failure), /4 streams are open.*HTTP\/1\.1/);
});
