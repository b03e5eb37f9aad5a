/**
 * A new carrier is a folder, here `port_transport.ts`, and a line in the choice of carriers: laws and calls show that nothing
 * else needs to know it.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  implement,
  serverStreaming,
  unary,
} from "../../mod.ts";
import { invocationEnd, joinLinks, serviceEnd } from "../../src/links/mod.ts";
import { servicer } from "../../src/rpc/servicer.ts";
import { transportLaws } from "../../src/testing/mod.ts";
import { CARRIERS } from "../../src/transport/carriers.ts";
import type { Carrier } from "../../src/transport/client/client_exchange.ts";
import { HttpInvocationLink } from "../../src/transport/invocation_link.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import type { ServiceTransport } from "../../src/transport/server/service_transport.ts";
import { HttpServiceLink } from "../../src/transport/service_link.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { PortTransport } from "./port_transport.ts";

for (
  const { name, check } of transportLaws(() => {
    const { port1, port2 } = new MessageChannel();
    return { client: new PortTransport(port1), server: new PortTransport(port2) };
  }, { showsFailureOf: ["client", "server"], quietMs: 10 })
) {
  Deno.test(`transportLaws() hold of a carrier over a port: ${name}`, check);
}

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

const greeter = implement(Greeter, {
  hello: (name) => `Hello, ${name}`,
  async *count(n) {
    for (let i = 0; i < n; i++) yield i;
  },
  async sum(numbers) {
    let total = 0;
    for await (const n of numbers) total += n;
    return total;
  },
  async *chat(messages) {
    for await (const message of messages) yield `You said: ${message}`;
  },
});

/** A client and a server that share a port, and nothing of HTTP. */
class PortBench implements AsyncDisposable {
  readonly #end = invocationEnd();
  readonly #served = serviceEnd(servicer([greeter]));
  readonly #service = new HttpServiceLink(serviceSettings({}), (error) => this.errors.push(error));
  readonly #link: HttpInvocationLink;
  readonly errors: unknown[] = [];
  /** The server's sides, oldest first. */
  readonly transports: PortTransport[] = [];
  readonly client = createClient(Greeter, this.#end);

  constructor() {
    const settings = invocationSettings("http://port.test/", { exchange: "duplex" });
    // The line in the choice of carriers. On the wire it is a duplex: both directions are open.
    const carriers = { ...CARRIERS, duplex: (): Carrier => ({ kind: "duplex", open: () => this.#open() }) };
    this.#link = new HttpInvocationLink(settings, (error) => this.errors.push(error), carriers);
    joinLinks(this.#end, this.#link);
    joinLinks(this.#served, this.#service);
    this.#end.start();
    this.#served.start();
  }

  #open(): PortTransport {
    const { port1, port2 } = new MessageChannel();
    const server = Object.assign(
      new PortTransport(port2),
      {
        kinds: ["duplex"],
        context: { kind: "servicer context", value: undefined },
        opened: () => {},
        refused: () => {},
      } satisfies Partial<ServiceTransport>,
    );
    this.transports.push(server);
    this.#service.accept(server);
    return new PortTransport(port1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.stop(0);
    await this.#link.close();
    await this.#service.stop(0);
    await this.#served.stop(0);
    assertEquals([this.errors, this.#service.exchangeCount], [[], 0]);
  }
}

Deno.test("Carrier: calls of all four kinds work over one that is new", async () => {
  await using bench = new PortBench();
  const { client } = bench;
  assertEquals(await client.hello("Ada"), "Hello, Ada");
  assertEquals(await Array.fromAsync(client.count(200)), Array.from({ length: 200 }, (_, i) => i));
  assertEquals(await client.sum([1, 2, 3, 4]), 10);
  assertEquals(await Array.fromAsync(client.chat(["one", "two"])), ["You said: one", "You said: two"]);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => client.hello(`${i}`.repeat(10_000))));
  assertEquals(answers.map(({ length }) => length).at(-1), 20_007);
  assertEquals(bench.transports.length, 1);
});

Deno.test("Carrier: calls fail when one that is new loses its peer, and the next ones get another transport", async () => {
  await using bench = new PortBench();
  const { client } = bench;
  const calls = client.chat(async function* () {
    yield "one";
    await new Promise(() => {});
  }());
  await calls[Symbol.asyncIterator]().next();
  bench.transports[0]?.close(new Error("the worker is gone"));
  await assertRejects(
    async () => {
      for await (const _ of calls);
    },
    Error,
    "Lost the connection: the other side of the port says: the worker is gone",
  );
  assertEquals(await client.hello("again"), "Hello, again");
  assert(bench.transports.length === 2);
});
