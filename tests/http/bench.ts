import { Hono } from "npm:hono@^4";
import { assertEquals } from "@std/assert";
import { engine } from "../../src/engine.ts";
import { joinLinks } from "../../src/links/mod.ts";
import {
  type InvocationLink,
  invocationLink,
  type InvocationLinkOptions,
  type ServiceLink,
  serviceLink,
  type ServiceLinkOptions,
} from "../../src/transport/mod.ts";
import { BufferBudget } from "../../src/transport/server/load_limits.ts";
import type { SharedLinkOptions } from "../../src/transport/service_options.ts";
import { type ScriptedPeer, scriptedPeer, type VirtualClock, virtualClock } from "../../src/testing/mod.ts";
import { ScriptedServer } from "./scripted_server.ts";

/** Where the service links of the tests are mounted. */
export const PATH = "/tickets";

/** What all benches have: a virtual clock, errors to look at, and a check for what is left in the end. */
abstract class Bench implements AsyncDisposable {
  readonly clock: VirtualClock = virtualClock();
  /** Plays the end. */
  readonly mate: ScriptedPeer = scriptedPeer();
  #errors: unknown[] = [];

  /** What was reported to `onError` since the last call, as text. */
  takeErrors(): string[] {
    const errors = this.#errors;
    this.#errors = [];
    return errors.map(String);
  }

  protected readonly report = (error: unknown): void => void this.#errors.push(error);
  protected abstract close(): Promise<void>;
  protected abstract counts(): Record<string, number>;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mate.expectNothing();
    const closed = this.close();
    // Whoever does not answer is waited for a second.
    await this.clock.advance(1_000);
    await closed;
    await this.clock.runMicrotasks();
    assertEquals(this.counts(), { exchanges: 0, operations: 0 }, "Something is left");
    assertEquals(this.takeErrors(), [], "An error was reported that the test did not look at");
    assertEquals(this.clock.pendingTimers, 0, "A timer is left");
  }
}

/** Options of a service link whose exchanges together may hold so many bytes, and so many more while some of them wait. */
export function withBudget(maxBytes: number, overdraftBytes: number): ServiceLinkOptions {
  const options: SharedLinkOptions = {
    limits: { maxTotalBufferedBytes: maxBytes },
    budget: new BufferBudget(maxBytes, overdraftBytes),
  };
  return options;
}

/** A service link behind a Hono app; the test plays its clients and its end. */
export class ServiceBench extends Bench {
  readonly link: ServiceLink;
  readonly app: Hono;

  constructor(options: ServiceLinkOptions = {}) {
    super();
    this.link = serviceLink({ clock: this.clock, onError: this.report, ...options });
    joinLinks(this.link, this.mate);
    this.app = new Hono().all(PATH, this.link.handler);
  }

  /** To be called as `fetch`. */
  readonly fetch = (url: string, init: RequestInit): Response | Promise<Response> => this.app.request(url, init);

  protected override close(): Promise<void> {
    return this.link.stop(0);
  }

  protected override counts(): Record<string, number> {
    return { exchanges: this.link.exchangeCount, operations: this.link.operationCount };
  }
}

/** An invocation link; the test plays its server and its end. */
export class InvocationBench extends Bench {
  readonly link: InvocationLink;
  readonly server = new ScriptedServer();

  constructor(options: InvocationLinkOptions = {}, url = "http://service.test/tickets") {
    super();
    this.link = invocationLink(url, {
      clock: this.clock,
      onError: this.report,
      fetch: this.server.fetch,
      exchange: "duplex",
      // It comes at once here, since the clock stands still while it is loaded.
      engine,
      ...options,
    });
    joinLinks(this.link, this.mate);
  }

  protected override close(): Promise<void> {
    return this.link.close();
  }

  protected override counts(): Record<string, number> {
    return { exchanges: this.link.exchangeCount, operations: this.link.operationCount };
  }
}
