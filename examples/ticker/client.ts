import { createClient } from "@ticketlink/ticketlink/client";
import { type Command, Ticker } from "./contract.ts";

/** Commands that are pushed while the call runs. */
class Commands implements AsyncIterable<Command> {
  #waiting: Command[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  push(command: Command): void {
    this.#waiting.push(command);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Command> {
    for (;;) {
      const command = this.#waiting.shift();
      if (command !== undefined) yield command;
      else if (this.#closed) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** What the ticker showed. */
export interface TickerReport {
  /** Symbols seen, in the order of their first price. */
  readonly symbols: readonly string[];
  /** How far ahead the producer was when the reader woke from its pause. */
  readonly ahead: number;
}

/** Follows prices, changes its mind, pauses, and stops. */
export async function watch(url: string, print: (line: string) => void): Promise<TickerReport> {
  await using ticker = createClient(Ticker, url);
  const commands = new Commands();
  commands.push({ kind: "subscribe", symbol: "AAA" });
  const seen = new Map<string, number>();
  let ahead = 0;
  let read = 0;
  for await (const { symbol, price, serial } of ticker.prices(commands)) {
    read += 1;
    if (!seen.has(symbol)) print(`first price of ${symbol}: ${price}`);
    seen.set(symbol, (seen.get(symbol) ?? 0) + 1);
    if (read === 50) commands.push({ kind: "subscribe", symbol: "BBB" });
    if (seen.get("BBB") === 50) commands.push({ kind: "unsubscribe", symbol: "AAA" });
    if (read === 5000) {
      print("the reader pauses for 200 ms; so does the producer");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (read === 8000) commands.close();
    ahead = Math.max(ahead, serial - read);
  }
  print(`read ${read} prices of ${[...seen.keys()].join(" and ")}, the producer never more than ${ahead} ahead`);
  return { symbols: [...seen.keys()], ahead };
}
