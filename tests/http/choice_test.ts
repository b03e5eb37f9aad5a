import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RpcError } from "../../mod.ts";
import type { InvocationLinkOptions } from "../../src/transport/mod.ts";
import type { ExchangeEvent } from "../../src/transport/invocation_options.ts";
import type { MethodKind, Ticket } from "../../src/links/mod.ts";
import type { ExchangeKind } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { InvocationBench } from "./bench.ts";
import type { ScriptedExchange } from "./scripted_server.ts";

const OFFERS: readonly ExchangeKind[] = ["duplex", "single", "pair"];

function kindOf(methodKind: MethodKind): Pick<Ticket, "methodKind"> {
  return { methodKind };
}

const UNARY: Partial<Ticket> = { ...kindOf("unary"), payload: "Ada", termination: "completion" };
const SERVER_STREAMING: Partial<Ticket> = { ...UNARY, ...kindOf("server_streaming") };
const BIDI = kindOf("bidi_streaming");

/** A link that chooses, with what it says of its exchanges. */
class ChoiceBench extends InvocationBench {
  readonly events: ExchangeEvent[];

  constructor(options: InvocationLinkOptions = {}, url?: string) {
    const events: ExchangeEvent[] = [];
    super({ exchange: "auto", onExchange: (event) => void events.push(event), ...options }, url);
    this.events = events;
  }

  /** What has been opened and why, since the last call. */
  takeEvents(): string[] {
    return this.events.splice(0).map(({ kind, reason }) => `${kind}: ${reason}`);
  }

  /** Makes a unary call on a single exchange. */
  async callOnce(): Promise<ScriptedExchange> {
    this.mate.open(UNARY);
    const exchange = await this.server.next();
    await answer(exchange);
    await this.mate.expectTicket({ payload: "ADA" });
    await this.mate.expectNothing();
    return exchange;
  }

  /** Takes the request of a probe, and its hello. */
  async takeProbe(): Promise<ScriptedExchange> {
    const probe = await this.server.next();
    await probe.gets.expect({ kind: "hello", exchange: "duplex" });
    return probe;
  }
}

/** Answers the operation of a single exchange. */
async function answer(exchange: ScriptedExchange): Promise<void> {
  await exchange.gets.expect({ kind: "hello", exchange: "single" });
  await exchange.gets.expect({ operation: 1, payload: "Ada" });
  exchange.accept({ offers: OFFERS });
  exchange.sends.send({ operation: 1, payload: "ADA", termination: "completion" });
  exchange.finish();
}

/** Lets a probe find out that duplex works. */
async function prove(probe: ScriptedExchange): Promise<void> {
  probe.accept({ offers: OFFERS });
  await probe.gets.expectExactly({ kind: "ping", value: 0 });
  probe.sends.send({ kind: "pong", value: 0 });
}

for (const ticket of [UNARY, SERVER_STREAMING]) {
  test(`P7.36 invocationLink() makes one call by one plain request: ${Deno.inspect(ticket.protocol?.value)}`, async () => {
    await using bench = new ChoiceBench();
    assertEquals(bench.link.exchange, "duplex");
    bench.mate.open(ticket);
    const exchange = await bench.server.next();
    await answer(exchange);
    await bench.mate.expectTicket({ payload: "ADA" });
    await bench.server.expectNothing();
    assertEquals(bench.takeEvents(), ["single: unknown"]);
    assertEquals(bench.link.exchange, "single");
    assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
  });
}

test("P7.36 invocationLink() finds out about duplex beside the second call, and uses it from then on", async () => {
  await using bench = new ChoiceBench({ timeouts: { idleMs: 500 } });
  await bench.callOnce();
  bench.mate.open(UNARY);
  const probe = await bench.takeProbe();
  await answer(await bench.server.next());
  await bench.mate.expectTicket({ payload: "ADA" });
  await probe.gets.expectNothing();
  bench.mate.open(UNARY);
  await answer(await bench.server.next());
  await bench.mate.expectTicket({ payload: "ADA" });
  await prove(probe);
  await bench.server.expectNothing();
  assertEquals(bench.takeEvents(), ["single: unknown", "duplex: probe", "single: unknown", "single: unknown"]);

  bench.mate.open({ ...UNARY, method: "on duplex" });
  await probe.gets.expect({ operation: 1, method: "on duplex" });
  assertEquals(bench.link.exchange, "duplex");
  probe.sends.send({ operation: 1, termination: "completion" });
  await bench.mate.expectTicket({ termination: "completion" });
  await bench.clock.advance(500);
  await probe.gets.expectExactly({ kind: "end" });
  probe.finish();

  bench.mate.open({ method: "later" });
  const next = await bench.server.accept();
  await next.gets.expect({ operation: 1, method: "later" });
  assertEquals(bench.takeEvents(), ["duplex: works"]);
  bench.mate.send({ termination: "cancellation" });
});

test("P7.36 invocationLink() closes a probe that nobody needs after idleMs", async () => {
  await using bench = new ChoiceBench({ timeouts: { idleMs: 500 } });
  await bench.callOnce();
  bench.mate.open(UNARY);
  const probe = await bench.takeProbe();
  await answer(await bench.server.next());
  await bench.mate.expectTicket({ payload: "ADA" });
  await prove(probe);
  await bench.server.expectNothing();
  await bench.clock.advance(500);
  await probe.gets.expectExactly({ kind: "end" });
  probe.finish();
  await bench.mate.expectNothing();
  assertEquals([bench.link.exchangeCount, bench.clock.pendingTimers], [0, 0]);
});

for (const ticket of [{}, kindOf("client_streaming"), BIDI]) {
  test(`P7.37 invocationLink() lets an operation wait for a probe: ${Deno.inspect(ticket)}`, async () => {
    await using bench = new ChoiceBench();
    bench.mate.open({ ...ticket, payload: 1 });
    bench.mate.send({ allowance: 2 });
    const probe = await bench.takeProbe();
    await probe.gets.expectNothing();
    probe.accept();
    await probe.gets.expectExactly({ kind: "ping", value: 0 });
    // A hello alone proves nothing: there are proxies that drop the rest of an upload once the response has begun.
    await probe.gets.expectNothing();
    probe.sends.send({ kind: "pong", value: 0 });
    await probe.gets.expect({ operation: 1, payload: 1 });
    await probe.gets.expectExactly({ operation: 1, allowance: 2 });
    assertEquals([bench.takeEvents(), bench.link.exchange], [["duplex: probe"], "duplex"]);
    bench.mate.send({ termination: "cancellation" });
  });
}

const ID = Uint8Array.of(1, 2, 3);

/** Takes the opening request of a pair. */
async function takePair(bench: ChoiceBench): Promise<ScriptedExchange> {
  const pair = await bench.server.next();
  await pair.gets.expect({ kind: "part", number: 0 });
  await pair.gets.expect({ kind: "hello", exchange: "pair" });
  assertEquals(await pair.gets.rest(), []);
  return pair;
}

test("P7.37 invocationLink() waits for a probe no longer than probeTimeoutMs, then takes what needs no duplex", async () => {
  await using bench = new ChoiceBench({ timeouts: { probeTimeoutMs: 700 } });
  const bidi = bench.mate.open({ ...BIDI, payload: 1 });
  const upload = bench.mate.open({ ...kindOf("client_streaming"), payload: 2, termination: "completion" });
  const probe = await bench.takeProbe();
  await bench.clock.advance(699);
  await bench.server.expectNothing();
  await bench.clock.advance(1);
  assert(probe.signal?.aborted);
  const single = await bench.server.next();
  await single.gets.expect({ kind: "hello", exchange: "single" });
  const pair = await takePair(bench);
  assertEquals(bench.takeEvents(), ["duplex: probe", "pair: fallback", "single: fallback"]);
  pair.accept({ exchangeId: ID });
  const part = await bench.server.next();
  await part.gets.expect({ kind: "part", number: 1 });
  await part.gets.expect({ operation: 1, payload: 1 });
  part.respond(null, { status: 204 });
  for (const operationId of [bidi, upload]) bench.mate.send({ operationId, termination: "cancellation" });
  await bench.server.next();
});

/** How a probe can end, and for how long there is no other, with and without a sign of the server meanwhile. */
const ENDS: readonly (readonly [
  name: string,
  end: (probe: ScriptedExchange, bench: ChoiceBench) => Promise<void> | void,
  forMs: number,
  answeredForMs: number,
])[] = [
  ["is not answered", (_, { clock }) => clock.advance(2_000), 60_000, 600_000],
  [
    "is answered and drained",
    async (probe, { clock }) => {
      probe.accept();
      await clock.advance(2_000);
    },
    60_000,
    600_000,
  ],
  ["is refused for its form", (probe) => probe.respond(null, { status: 411 }), 600_000, 600_000],
  ["finds nobody", (probe) => probe.reject(new TypeError("refused")), 1_000, 60_000],
  ["finds nobody behind a proxy", (probe) => probe.respond(null, { status: 502 }), 1_000, 60_000],
  ["is not authenticated", (probe) => probe.respond(null, { status: 401 }), 1_000, 1_000],
  ["is forbidden", (probe) => probe.respond(null, { status: 403 }), 1_000, 1_000],
];

for (const [name, end, forMs, answeredForMs] of ENDS) {
  for (const answered of [false, true]) {
    const remembers = answered ? answeredForMs : forMs;
    const others = answered ? "others are answered" : "nothing else is";
    test(`P7.38 invocationLink() opens no probe for ${remembers} ms after one that ${name} while ${others}`, async () => {
      await using bench = new ChoiceBench();
      bench.mate.open(kindOf("client_streaming"));
      const probe = await bench.takeProbe();
      if (answered) await bench.callOnce();
      await end(probe, bench);
      await bench.mate.expectTicket({ allowance: 4 });
      bench.mate.send({ termination: "cancellation" });
      await bench.clock.advance(remembers - 1);
      bench.takeEvents();
      await bench.callOnce();
      assertEquals(bench.takeEvents(), ["single: fallback"]);
      await bench.clock.advance(1);
      bench.mate.open({});
      assertEquals(bench.takeEvents(), ["duplex: probe"]);
      await bench.takeProbe();
      bench.mate.send({ termination: "cancellation" });
    });
  }
}

test("P7.38 invocationLink() shares what it has found with links of the same fetch and origin, and no others", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open(BIDI);
  await prove(await bench.takeProbe());
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "cancellation" });
  const { fetch } = bench.server;
  for (
    const [url, options, expected] of [
      ["http://service.test/other", { fetch }, "duplex: works"],
      ["http://elsewhere.test/tickets", { fetch }, "single: unknown"],
      [
        "http://service.test/tickets",
        { fetch: (url: string, init: RequestInit) => fetch(url, init) },
        "single: unknown",
      ],
    ] as const
  ) {
    const other = new ChoiceBench({ ...options, clock: bench.clock }, url);
    other.mate.open(UNARY);
    assertEquals(other.takeEvents(), [expected]);
    await bench.server.next();
    const closed = other.link.close();
    await bench.clock.advance(1_000);
    await closed;
  }
});

test("P7.38 invocationLink() forgets what it has only suspected when the server turns out to be away", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open(kindOf("client_streaming"));
  await bench.takeProbe();
  await bench.clock.advance(2_000);
  await bench.mate.expectTicket({ allowance: 4 });
  bench.mate.send({ termination: "completion" });
  (await bench.server.next()).reject(new TypeError("refused"));
  await bench.mate.expectTicket({ code: "unavailable" });
  bench.mate.open({});
  await bench.takeProbe();
  bench.mate.send({ termination: "cancellation" });
});

test("P7.38 invocationLink() opens a probe again when an exchange that worked before gets no hello", async () => {
  await using bench = new ChoiceBench({ timeouts: { helloTimeoutMs: 3_000, idleMs: 10 } });
  bench.mate.open(BIDI);
  const probe = await bench.takeProbe();
  await prove(probe);
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "cancellation" });
  await bench.clock.advance(10);
  probe.finish();
  await bench.mate.expectNothing();
  bench.mate.open(BIDI);
  await bench.server.next();
  await bench.clock.advance(3_000);
  await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
  bench.takeEvents();
  bench.mate.open(BIDI);
  assertEquals(bench.takeEvents(), ["duplex: probe"]);
  await bench.takeProbe();
  bench.mate.send({ termination: "cancellation" });
});

test("P7.38 invocationLink() tries a pair again after a refusal, with the next probe", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open({ ...BIDI, payload: 1 });
  const probe = await bench.takeProbe();
  probe.refuse();
  const pair = await takePair(bench);
  pair.refuse();
  await bench.server.expectNothing();
  await bench.clock.advance(50);
  const next = await bench.takeProbe();
  await prove(next);
  await next.gets.expect({ operation: 1, payload: 1 });
  bench.mate.send({ termination: "cancellation" });
});

test("P7.39 invocationLink() begins nothing twice: an operation that waits starts once, whatever the probe finds", async () => {
  for (const works of [true, false]) {
    await using bench = new ChoiceBench();
    bench.mate.open({ ...BIDI, payload: "once" });
    const probe = await bench.takeProbe();
    if (works) {
      await prove(probe);
      await probe.gets.expect({ operation: 1, payload: "once" });
    } else {
      probe.respond(null, { status: 501 });
      const pair = await takePair(bench);
      pair.accept({ exchangeId: ID });
      const part = await bench.server.next();
      await part.gets.expect({ kind: "part" });
      await part.gets.expect({ operation: 1, payload: "once" });
      // From here on it may have started.
      part.reject(new TypeError("reset"));
      await bench.server.expectNothing();
      pair.sends.error(new Error("reset"));
      await bench.mate.expectTicket({ termination: "transmission failure" });
    }
    await bench.server.expectNothing();
    bench.mate.send({ termination: "cancellation" });
  }
});

test("P7.40 invocationLink() takes another kind than a pair whose parts reach another instance", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open({ ...BIDI, payload: 1 });
  (await bench.takeProbe()).respond(null, { status: 501 });
  const pair = await takePair(bench);
  pair.accept({ exchangeId: ID, offers: OFFERS });
  const part = await bench.server.next();
  part.respond("not here", { status: 404 });
  // The server offers no socket, so there is no other.
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
  assertStringIncludes(String(message), "404");
  bench.mate.open(BIDI);
  assertEquals(bench.takeEvents(), ["duplex: probe", "pair: fallback", "pair: fallback"]);
  await takePair(bench);
  bench.mate.send({ termination: "cancellation" });
});

test("P7.40 invocationLink() says why nothing can carry an operation", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open(kindOf("client_streaming"));
  (await bench.takeProbe()).respond(null, { status: 501 });
  await bench.mate.expectTicket({ allowance: 4 });
  bench.mate.send({ termination: "completion" });
  const single = await bench.server.next();
  single.accept({ offers: ["duplex", "single"] });
  single.sends.send({ operation: 1, termination: "completion" });
  single.finish();
  await bench.mate.expectTicket({ termination: "completion" });
  bench.mate.open(BIDI);
  const { message } = await bench.mate.expectTicket({ termination: "transmission failure", code: "unimplemented" });
  assertStringIncludes(
    String(message),
    "there is no duplex: The server answered with status 501, no pair: the server does not offer it, " +
      "no socket: the server does not offer it",
  );
});

test("P7.40 invocationLink() says why nothing can carry an operation whose headers cannot be made", async () => {
  await using bench = new ChoiceBench();
  await bench.callOnce();
  const headers = () => Promise.reject(new RpcError("unauthenticated", "There is no token"));
  await using other = new ChoiceBench({ fetch: bench.server.fetch, headers });
  other.mate.open(BIDI);
  const { message } = await other.mate.expectTicket({ termination: "transmission failure", code: "unauthenticated" });
  assertStringIncludes(String(message), "Cannot make the request's headers: There is no token");
});

test("P7.38 invocationLink() learns nothing of the server from headers that cannot be made", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open(BIDI);
  const probe = await bench.takeProbe();
  await prove(probe);
  await bench.mate.expectNothing();
  bench.mate.send({ termination: "cancellation" });
  await bench.clock.advance(1_000);
  probe.finish();
  const headers = () => Promise.reject(new RpcError("unauthenticated", "There is no token"));
  await using other = new ChoiceBench({ fetch: bench.server.fetch, clock: bench.clock, headers });
  other.mate.open(BIDI);
  await other.mate.expectTicket({ code: "unauthenticated" });
  bench.takeEvents();
  bench.mate.open(BIDI);
  assertEquals(bench.takeEvents(), ["duplex: works"]);
  await bench.server.next();
  bench.mate.send({ termination: "cancellation" });
});

test("close() gives a probe up at once, and what waits for it", async () => {
  await using bench = new ChoiceBench();
  bench.mate.open(BIDI);
  const probe = await bench.takeProbe();
  const closed = bench.link.close();
  assert(probe.signal?.aborted);
  await closed;
  await bench.mate.expectTicket({ termination: "transmission failure", message: "The link is closed" });
  assertEquals(bench.clock.pendingTimers, 0);
  // It says nothing of the path.
  const other = new ChoiceBench({ fetch: bench.server.fetch, clock: bench.clock });
  other.mate.open(BIDI);
  assertEquals(other.takeEvents(), ["duplex: probe"]);
  await bench.server.next();
  await other.link.close();
});

test("onExchange() that throws is reported and harms nothing", async () => {
  await using bench = new ChoiceBench({
    onExchange: () => {
      throw new Error("Sorry");
    },
  });
  await bench.callOnce();
  assertEquals(bench.takeErrors(), ["Error: Sorry"]);
});

test("onExchange() tells the origin, and that a kind was asked for", async () => {
  await using bench = new ChoiceBench({ exchange: "duplex" });
  bench.mate.open(UNARY);
  assertEquals(bench.events, [{ kind: "duplex", origin: "http://service.test", reason: "asked" }]);
  (await bench.server.next()).finish();
  bench.mate.send({ termination: "cancellation" });
});
