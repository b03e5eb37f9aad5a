import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { upgradeWebSocket } from "hono/cloudflare-workers";
import { implement, type TicketHandler, ticketHandler } from "@ticketlink/ticketlink/server";
import { type Line, Room as RoomContract } from "./contract.ts";

/** What one guest has not heard yet. */
class Ear {
  readonly #unheard: Line[] = [];
  #wake: () => void = () => {};

  say(line: Line): void {
    if (this.#unheard.push(line) > 100) this.#unheard.shift(); // who does not listen misses the oldest
    this.#wake();
  }

  /** What is said until the signal aborts. */
  async *lines(signal: AbortSignal): AsyncGenerator<Line> {
    signal.addEventListener("abort", () => this.#wake());
    while (!signal.aborted) {
      const line = this.#unheard.shift();
      if (line !== undefined) yield line;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** One room: all requests to it reach the same object, so that exchanges of every kind work here. */
export class Room extends DurableObject {
  readonly #ears: Set<Ear> = new Set();
  readonly #app = new Hono().all("*", this.#handler());

  override fetch(request: Request): Response | Promise<Response> {
    return this.#app.fetch(request);
  }

  #handler(): TicketHandler {
    const ears = this.#ears;
    return ticketHandler(
      implement(RoomContract, {
        count: () => ears.size,
        async *join(said, ctx) {
          const ear = new Ear();
          ears.add(ear);
          const left = new AbortController();
          ctx.signal.addEventListener("abort", () => left.abort());
          const hear = async (): Promise<void> => {
            for await (const line of said) for (const other of ears) other.say(line);
          };
          const talking = hear().finally(() => left.abort());
          try {
            yield* ear.lines(left.signal);
            await talking;
          } finally {
            ears.delete(ear);
          }
        },
      }),
      // All requests reach this one object, and may share what they like.
      { upgradeWebSocket, isolation: "none" },
    );
  }
}
