import type { Channel, ClientOptions, RpcError } from "../../src/client.ts";
import type { InvocationLinkOptions } from "../../src/links/mod.ts";
import { AssertionError, assertRejects, show } from "./assert.ts";
import { type ConformanceClient, type ConformanceContract, conformanceContract, type Observation } from "./contract.ts";
import type { Capability } from "./conformance_case.ts";
import type { ClientLibrary } from "./library.ts";
import { isHopeless, refusalOf } from "./refusals.ts";
import { sleep } from "./sleep.ts";
import type { ConformanceTarget } from "./target.ts";

/**
 * Milliseconds that something may take that another process has to notice. Some servers notice only by their next
 * heartbeat, two seconds away, and the machine may be busy.
 */
const PATIENCE_MS = 10_000;

/** A channel and a client on it. */
export interface Connection {
  readonly client: ConformanceClient;
  readonly channel: Channel;
}

/** What a case works with: connections to the server, which end with it, and a view of what the server sees. */
export class Stage implements AsyncDisposable {
  readonly library: ClientLibrary;
  readonly target: ConformanceTarget;
  readonly contract: ConformanceContract;
  /** A name for what this case does, used by no other. */
  readonly key: string = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  readonly #connections: Connection[] = [];
  #onlooker: Connection | undefined;

  constructor(library: ClientLibrary, target: ConformanceTarget) {
    this.library = library;
    this.target = target;
    this.contract = conformanceContract(library);
  }

  /** Tells whether many calls share an exchange. */
  get isShared(): boolean {
    return this.target.exchange !== "single" && this.target.exchange !== "auto";
  }

  /** Makes a connection of its own. */
  open(options: InvocationLinkOptions & ClientOptions = {}, url: string = this.target.url): Connection {
    const { connect, createClient } = this.library;
    const { exchange, fetch, webSocket } = this.target;
    const channel = connect(url, {
      exchange,
      fetch,
      webSocket,
      ...options,
      timeouts: { helloTimeoutMs: this.#helloTimeoutMs(), ...options.timeouts },
    });
    const connection = { channel, client: createClient(this.contract, channel, options) };
    this.#connections.push(connection);
    return connection;
  }

  /** Makes a client of its own. */
  client(options?: InvocationLinkOptions & ClientOptions): ConformanceClient {
    return this.open(options).client;
  }

  /** Whether something works for the pair, by the list of what does not. */
  can(capability: Capability): boolean {
    return refusalOf(this.target, capability) === undefined;
  }

  /** Looks at the server by another way from now on. */
  lookFrom(url: string): void {
    this.#onlooker = this.open({ exchange: "single" }, url);
  }

  /** Waits until the server has seen something of a case's calls. The question goes another way than the calls. */
  async observe(wanted: (seen: Observation) => boolean, key: string = this.key): Promise<Observation> {
    this.#onlooker ??= this.open({ exchange: "single" });
    const endsAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const seen = await this.#onlooker.client.observe(key);
      if (wanted(seen)) return seen;
      if (performance.now() > endsAt) throw new AssertionError(`The server has seen only ${show(seen)}`);
      await sleep(20);
    }
  }

  /** Lets handlers go on that wait for a key, the case's own by default. */
  async release(key: string = this.key): Promise<void> {
    this.#onlooker ??= this.open({ exchange: "single" });
    await this.#onlooker.client.release(key);
  }

  /** Waits until something holds here. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const endsAt = performance.now() + PATIENCE_MS;
    while (!condition()) {
      if (performance.now() > endsAt) throw new AssertionError(`It did not come about that ${what}`);
      await sleep(5);
    }
  }

  /** Breaks all connections that were made to the cuttable URL. */
  async cut(): Promise<void> {
    const response = await fetch(this.target.cuttable.cutUrl, { method: "POST" });
    await response.text();
  }

  /** Fails unless a call fails with a code; gives back its error. */
  async assertFails(call: Promise<unknown>, code: string): Promise<RpcError> {
    const error = await assertRejects(call);
    const { RpcError } = this.library;
    if (error instanceof RpcError && error.code === code) return error;
    throw error instanceof RpcError
      ? new AssertionError(`The call failed with ${error.code} (${error.message}), expected ${code}`)
      : error;
  }

  /** Where nothing is to work, that is to show before the server's heartbeat ends the wait in its own way. */
  #helloTimeoutMs(): number | undefined {
    return isHopeless(this.target) ? 1_500 : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#connections.map(({ channel }) => channel.close()));
  }
}

/** Collects what a stream has. */
export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const message of messages) collected.push(message);
  return collected;
}

/** Takes the first messages of a stream, and leaves it. */
export async function take<T>(messages: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const message of messages) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

/** Lets a promise wait for its turn: until then it may fail and the program goes on. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => "whoever awaits it will be told");
  return promise;
}
