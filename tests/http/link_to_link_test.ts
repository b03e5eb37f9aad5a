import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { EncodedPayload, type ExchangeKind, invocationLink, serviceLink } from "../../src/transport/mod.ts";
import { joinLinks, type Link, type Metadata, type Ticket } from "../../src/links/mod.ts";
import { scriptedPeer, virtualClock } from "../../src/testing/mod.ts";
import { test } from "../protocol/register.ts";
import { NetworkBench } from "./network_bench.ts";

/** Repeated keys, in an order that sorting would change, with values that look alike as text and as bytes. */
const METADATA: Metadata = [
  ["b", "2"],
  ["a", "1"],
  ["b", Uint8Array.of(49)],
  ["b", "1"],
  ["", ""],
  ["a", new Uint8Array()],
  ["ünï", "çødé \u{1F600}"],
];

for (const exchange of ["duplex", "single"] as const) {
  test(`S44 metadata keeps its order and its values on a ${exchange} exchange, both ways`, async () => {
    const clock = virtualClock();
    const service = serviceLink({ clock });
    const server = scriptedPeer();
    joinLinks(service, server);
    const app = new Hono().all("/", service.handler);
    const link = invocationLink("/", { fetch: (url, init) => app.request(url, init), exchange, clock });
    const client = scriptedPeer();
    joinLinks(link, client);

    client.open({ initialMetadata: METADATA, terminalMetadata: METADATA, termination: "completion" });
    await server.expectTicket({ initialMetadata: METADATA, terminalMetadata: METADATA });
    server.send({ subscription: "full", initialMetadata: METADATA });
    server.send({ terminalMetadata: METADATA, code: "ok", termination: "completion" });
    await client.expectTicket({ initialMetadata: METADATA });
    await client.expectTicket({ terminalMetadata: METADATA, code: "ok" });
    await Promise.all([link.close(), service.stop(0)]);
    assertEquals(clock.pendingTimers, 0);
  });
}

for (const exchange of ["duplex", "single"] as const) {
  test(`S13 an operation whose service wants nothing is over with its completion, on a ${exchange} exchange`, async () => {
    const clock = virtualClock();
    const service = serviceLink({ clock });
    const server = scriptedPeer();
    joinLinks(service, server);
    const app = new Hono().all("/", service.handler);
    const link = invocationLink("/", { fetch: (url, init) => app.request(url, init), exchange, clock });
    const client = scriptedPeer();
    joinLinks(link, client);

    const operationId = client.open({ payload: 1 });
    // The second payload waits for a grant that never comes, and the completion with it.
    if (exchange === "single") client.send({ operationId, payload: 2, termination: "completion" });
    await server.expectTicket({ payload: 1 });
    server.send({ subscription: "none", termination: "completion" });
    await client.expectTicket({ termination: "completion" });
    await clock.advance(5_000);
    assertEquals([link.operationCount, service.operationCount], [0, 0]);
    assertEquals([link.exchangeCount, service.exchangeCount], [0, 0]);
    await Promise.all([link.close(), service.stop(0)]);
    assertEquals(clock.pendingTimers, 0);
  });
}

/** A relay: a service link joined to an invocation link, with no end in between. */
class Relay implements AsyncDisposable {
  readonly #target: NetworkBench;
  readonly #service = serviceLink({ payloads: "encoded" });
  readonly #onward: AsyncDisposable;
  readonly passing: Ticket[] = [];
  readonly app: Hono;

  constructor(target: NetworkBench, exchange: ExchangeKind) {
    this.#target = target;
    const fetch = (url: string, init: RequestInit) => target.app.request(url, init);
    const link = invocationLink(target.url, { fetch, exchange, payloads: "encoded" });
    this.#onward = link;
    joinLinks(this.#service, this.#watch(link));
    link.joinLink(this.#watch(this.#service));
    this.app = new Hono().all("/tickets", this.#service.handler);
  }

  #watch(link: Link): Link {
    return {
      acceptTicket: (ticket) => {
        this.passing.push(ticket);
        link.acceptTicket(ticket);
      },
      joinLink: () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#onward[Symbol.asyncDispose]();
    await this.#service.stop(0);
    assertEquals(this.#target.service.operationCount, 0);
  }
}

for (const near of ["duplex", "single"] as const) {
  for (const far of ["duplex", "single"] as const) {
    test(`two links joined relay tickets from a ${near} to a ${far} exchange, and decode no payload`, async () => {
      await using target = new NetworkBench("app.request");
      await using relay = new Relay(target, far);
      await using client = new NetworkBench("app.request", {
        exchange: near,
        fetch: (url, init) => relay.app.request(url, init),
      });
      const call = client.caller.call("count", { payload: 300, termination: "completion" });
      assertEquals((await call.ended).termination, "completion");
      assertEquals(call.payloads, Array.from({ length: 300 }, (_, i) => i));
      const payloads = relay.passing.filter(({ payload }) => payload !== undefined);
      assertEquals(payloads.length, 301);
      assert(payloads.every(({ payload }) => payload instanceof EncodedPayload));

      const hanging = client.caller.call("hang", { termination: "completion" });
      await hanging.begun;
      hanging.say({ termination: "cancellation" });
      for (let i = 0; i < 100 && target.echo.aborts.length === 0; i++) await new Promise((done) => setTimeout(done, 5));
      assertEquals(target.echo.aborts.map(({ termination }) => termination), ["cancellation"]);
    });
  }
}

test("a relay whose far side is away says so", async () => {
  const service = serviceLink();
  const onward = invocationLink("/", { fetch: () => Promise.reject(new Error("away")) });
  joinLinks(service, onward);
  const app = new Hono().all("/tickets", service.handler);
  await using client = new NetworkBench("app.request", { fetch: (url, init) => app.request(url, init) });
  const { termination, code, message } = await client.caller.call("echo").ended;
  assertEquals([termination, code], ["transmission failure", "unavailable"]);
  assertStringIncludes(String(message), "away");
  await Promise.all([onward.close(), client.link.close()]);
  await service.stop(0);
});
