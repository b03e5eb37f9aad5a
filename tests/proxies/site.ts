import { Hono } from "npm:hono@^4";
import { ticketHandler } from "../../mod.ts";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { numberedService } from "../deployment/service.ts";
import { MODEST_EXCHANGES } from "./proxies.ts";

/** A server to put a proxy before, and what it has seen. */
export class Site implements AsyncDisposable {
  /** The numbers of the calls that have started. */
  readonly started: number[] = [];
  readonly #handler;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(options: ServiceLinkOptions = {}) {
    this.#handler = ticketHandler(numberedService(this.started), {
      ...MODEST_EXCHANGES,
      ...options,
      timeouts: { ...MODEST_EXCHANGES.timeouts, ...options.timeouts },
    });
    const app = new Hono().all("/rpc", this.#handler);
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  }

  /** Where it listens. */
  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handler.stop(0);
    await this.#server.shutdown();
  }
}
