import { Hono } from "npm:hono@^4";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { implement, ticketHandler } from "../../../src/server.ts";
import { Bank } from "./contract.ts";

/** One process of a service, as far as its callers can tell: it counts what it runs. */
export class BankServer implements AsyncDisposable {
  readonly port: number;
  /** How often a payment has run here. */
  runs = 0;
  /** Resolves when the first payment runs. */
  readonly hasRun: Promise<void>;
  readonly #handler;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #release: () => void;

  /**
   * @param holds Whether payments take until the server is disposed of.
   * @param page What a GET of `/` shows.
   */
  constructor(holds: boolean, page = "") {
    const { promise: hasRun, resolve: run } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    this.hasRun = hasRun;
    this.#release = release;
    const pay = async () => {
      this.runs += 1;
      run();
      if (holds) await released;
      return "paid";
    };
    const bank = implement(Bank, {
      warm: () => "warm",
      pay,
      async *payAll(amounts) {
        for await (const _ of amounts) yield await pay();
      },
    });
    this.#handler = ticketHandler(bank, { upgradeWebSocket });
    const app = new Hono().get("/", (context) => context.html(page)).all("/rpc", this.#handler);
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
    this.port = this.#server.addr.port;
  }

  /** Takes no more calls, as a server that is to be replaced. */
  async stop(): Promise<this> {
    await this.#handler.stop(0);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    await this.#handler.stop(0);
    await this.#server.shutdown();
  }
}
