import type { SeededRandom } from "../seeded_random.ts";
import { FlakyConnection } from "./flaky_connection.ts";

/** What may happen to a connection. */
export type Fate = "cut" | "cut within a chunk" | "half closed" | "paused" | "silenced, then cut";

/** The fates, as often as they are to come. */
const FATES: readonly Fate[] = [
  ...["cut", "cut", "cut", "cut"] as const,
  ...["cut within a chunk", "cut within a chunk", "half closed", "half closed"] as const,
  ...["paused", "paused", "silenced, then cut"] as const,
];

/** A TCP proxy on which no connection lives for long. */
export class FlakyProxy {
  readonly port: number;
  /** Connections, and what happened to them. */
  readonly counts: Record<"connections" | Fate, number> = {
    "connections": 0,
    "cut": 0,
    "cut within a chunk": 0,
    "half closed": 0,
    "paused": 0,
    "silenced, then cut": 0,
  };
  readonly #listener: Deno.TcpListener;
  readonly #targetPort: number;
  readonly #random: SeededRandom;
  readonly #meanLifeMs: number;
  readonly #connections: Map<FlakyConnection, Promise<void>> = new Map();
  readonly #accepting: Promise<void>;

  constructor(targetPort: number, random: SeededRandom, meanLifeMs: number) {
    this.#targetPort = targetPort;
    this.#random = random;
    this.#meanLifeMs = meanLifeMs;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** Cuts everything and takes no new connections. */
  async close(): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections.keys()) connection.cut();
    await Promise.all(this.#connections.values());
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      this.counts.connections += 1;
      try {
        this.#relay(near, await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort }));
      } catch {
        near.close(); // the server has gone
      }
    }
  }

  #relay(near: Deno.TcpConn, far: Deno.TcpConn): void {
    const connection = new FlakyConnection(near, far, this.#random);
    const timer = this.#doom(connection);
    const over = connection.run().then(() => {
      timer.clear();
      this.#connections.delete(connection);
    });
    this.#connections.set(connection, over);
  }

  /** Lives are of all lengths, as those of things are that do not age. */
  #doom(connection: FlakyConnection): { clear(): void } {
    const lifeMs = -Math.log(1 - this.#random.next()) * this.#meanLifeMs;
    const fate = this.#random.pick(FATES);
    const timer = setTimeout(() => {
      this.counts[fate] += 1;
      connection.suffer(fate);
    }, lifeMs);
    return { clear: () => clearTimeout(timer) };
  }
}
