import { Hono } from "npm:hono@^4";
import { implement, ticketHandler } from "@ticketlink/ticketlink/server";
import { type Command, type Price, Ticker } from "./contract.ts";

/** The symbols that a caller follows, kept up to date by its commands. */
class Watchlist {
  readonly symbols = new Set<string>();
  closed = false;
  #changed = Promise.withResolvers<void>();

  /** Resolves at the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  async follow(commands: AsyncIterable<Command>): Promise<void> {
    try {
      for await (const { kind, symbol } of commands) {
        if (kind === "subscribe") this.symbols.add(symbol);
        else this.symbols.delete(symbol);
        this.#change();
      }
    } finally {
      this.closed = true;
      this.#change();
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Makes up a price; a real service would read its market here. */
function priceOf(symbol: string, serial: number): number {
  return 100 + (symbol.charCodeAt(0) * 7 + serial * 13) % 50;
}

/**
 * Yields prices as fast as the caller takes them: there is no timer here. When the caller reads slowly, the `yield` waits.
 */
async function* prices(commands: AsyncIterable<Command>): AsyncGenerator<Price> {
  const watchlist = new Watchlist();
  const following = watchlist.follow(commands);
  let serial = 0;
  while (!watchlist.closed) {
    if (watchlist.symbols.size === 0) await watchlist.changed;
    for (const symbol of watchlist.symbols) {
      serial += 1;
      yield { symbol, price: priceOf(symbol, serial), serial };
    }
  }
  await following;
}

/** A Hono app with the service at `/rpc`. */
export const app = new Hono();

/** The handler, to be stopped when the server goes. */
export const handler = ticketHandler(implement(Ticker, { prices }));

app.all("/rpc", handler);
