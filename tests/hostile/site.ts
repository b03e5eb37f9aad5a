import { Hono } from "npm:hono@^4";
import { assert, assertEquals } from "@std/assert";
import { clientStreaming, createClient, defineService, implement, serverStreaming, unary } from "../../mod.ts";
import { joinLinks, serviceEnd, serviceLink, type ServiceLinkOptions, servicer } from "../../src/links/mod.ts";

/** What is served, and attacked. */
export const Target = defineService("demo.Target", {
  echo: unary<string, string>(),
  hang: unary<void, void>(),
  busy: unary<void, void>(),
  count: serverStreaming<number, number>(),
  flood: serverStreaming<void, Uint8Array>(),
  sink: clientStreaming<Uint8Array, number>(),
});

/** Resolves when a call is over. */
function over(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

/** A server on a socket, as anybody would set it up but for what its links let one see. */
export class Site implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Why calls of `flood` ended: codes. */
  readonly floodsEnded: string[] = [];
  /** Bytes that calls of `flood` have produced. */
  flooded = 0;
  /** Handlers of `hang` begun. */
  hung = 0;
  /** Handlers of `busy` that run. They go on whatever becomes of their calls. */
  busy = 0;
  readonly #free = Promise.withResolvers<void>();
  readonly #link;
  readonly #end;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #errors: unknown[] = [];

  constructor(options: ServiceLinkOptions = {}) {
    const onError = (error: unknown): void => void this.#errors.push(error);
    this.#link = serviceLink({ onError, ...options });
    this.#end = serviceEnd(servicer(this.#implementation(), { onError }), { onError });
    joinLinks(this.#end, this.#link);
    this.#end.start();
    const app = new Hono().all("/rpc", this.#link.handler);
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
    this.port = this.#server.addr.port;
    this.url = `http://127.0.0.1:${this.port}/rpc`;
  }

  /** Exchanges and operations that there are. */
  get counts(): { readonly exchanges: number; readonly operations: number } {
    return { exchanges: this.#link.exchangeCount, operations: this.#link.operationCount };
  }

  /** Lets handlers of `busy` return, also those that begin later. */
  letGo(): void {
    this.#free.resolve();
  }

  /** Waits until there are as many exchanges as these, and no operation. */
  async settled(exchanges = 0): Promise<void> {
    const patienceEnds = performance.now() + 10_000;
    while (performance.now() < patienceEnds) {
      if (this.counts.exchanges === exchanges && this.counts.operations === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assertEquals(this.counts, { exchanges, operations: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.letGo();
    await this.#link.stop(0);
    await this.#end.stop(0);
    await this.#server.shutdown();
    assertEquals(this.counts, { exchanges: 0, operations: 0 });
    assertEquals(this.#errors, []);
  }

  #implementation() {
    return implement(Target, {
      echo: (text) => text,
      hang: async (_nothing, { signal }) => {
        this.hung += 1;
        await over(signal);
      },
      busy: async () => {
        this.busy += 1;
        await this.#free.promise;
        this.busy -= 1;
      },
      async *count(limit) {
        for (let i = 0; i < limit; i++) yield i;
      },
      flood: (_nothing, { signal }) => this.#flood(signal),
      sink: async (_messages, { signal }) => {
        await over(signal);
        return 0;
      },
    });
  }

  async *#flood(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for (;; this.flooded += 16_384) yield new Uint8Array(16_384);
    } finally {
      this.floodsEnded.push(codeOf(signal.reason));
    }
  }
}

function codeOf(reason: unknown): string {
  return typeof reason === "object" && reason !== null && "code" in reason ? String(reason.code) : String(reason);
}

/** A client of good manners on the same server. It calls until told to stop, and every call has to succeed. */
export class Neighbour implements AsyncDisposable {
  calls = 0;
  readonly #client;
  readonly #done: Promise<void>;
  #isStopped = false;

  constructor(url: string) {
    this.#client = createClient(Target, url);
    this.#done = this.#run();
    // Whoever disposes of it is told.
    this.#done.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    try {
      await this.#done;
    } finally {
      await this.#client[Symbol.asyncDispose]();
    }
    assert(this.calls >= 3, `Only ${this.calls} calls`);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped || this.calls < 3) {
      assertEquals(await this.#client.echo(`call ${this.calls}`, { timeoutMs: 10_000 }), `call ${this.calls}`);
      const numbers: number[] = [];
      for await (const number of this.#client.count(5, { timeoutMs: 10_000 })) numbers.push(number);
      assertEquals(numbers, [0, 1, 2, 3, 4]);
      this.calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
