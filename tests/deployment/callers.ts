import { assertEquals } from "@std/assert";
import type { Client } from "../../mod.ts";
import type { Numbered } from "./contract.ts";

type NumberedClient = Client<typeof Numbered.methods>;

/** Callers that never rest: each makes calls of all kinds one after the other, until told to stop. */
export class Callers {
  readonly #client: NumberedClient;
  readonly #kinds: number;
  readonly #running: Promise<void>[];
  #stopped = false;
  #lastId = 0;
  /** What went wrong. */
  readonly failures: unknown[] = [];

  /**
   * @param client Makes the calls.
   * @param callers How many call at once.
   * @param kinds How many of the kinds of call, in the order of the contract.
   */
  constructor(client: NumberedClient, callers: number, kinds: number) {
    this.#client = client;
    this.#kinds = kinds;
    this.#running = Array.from({ length: callers }, () => this.#run());
  }

  /** How many calls have been made. */
  get calls(): number {
    return this.#lastId;
  }

  /** Lets the calls that run end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#lastId += 1;
      const id = this.#lastId;
      try {
        await this.#call(id);
      } catch (error) {
        this.failures.push(error);
      }
    }
  }

  async #call(id: number): Promise<void> {
    const client = this.#client;
    switch (id % this.#kinds) {
      case 0:
        return assertEquals(await client.once(id), id);
      case 1:
        return assertEquals(await Array.fromAsync(client.count(id)), [0, 1, 2, 3, 4]);
      case 2:
        return assertEquals(await client.sum([id, 1, 2]), id + 3);
      default:
        return assertEquals(await Array.fromAsync(client.echo([id, 1, 2])), [id, 1, 2]);
    }
  }
}
