import type { HandlerContext } from "../../src/server.ts";
import type { Delay, Failure, Observation, Production } from "./contract.ts";
import type { ServerLibrary } from "./library.ts";
import { Observations } from "./observations.ts";
import { sleep } from "./sleep.ts";

/** The longest timeout that the servers accept, in milliseconds. */
export const MAXIMUM_TIMEOUT_MS = 60_000;

/** What a handler says that crashes; the caller must not hear it. */
export const CRASH = "The password is 1234";

/** Milliseconds between two looks at what another request may have changed. */
const LOOK_MS = 10;

/** What the context has of Hono's, as far as the suite needs it. */
interface RequestHeaders {
  readonly req: { header(name: string): string | undefined };
}

/** The handlers of the contract. What they observe is their own, so each server has one. */
export class ConformanceHandlers {
  readonly #library: ServerLibrary;
  readonly #observations = new Observations();

  constructor(library: ServerLibrary) {
    this.#library = library;
  }

  echo(value: unknown): unknown {
    return value;
  }

  async delay({ key, ms, timeoutMs }: Delay, ctx: HandlerContext): Promise<number> {
    using _ = this.#observations.begin(key, ctx.signal);
    if (timeoutMs !== undefined) ctx.changeTimeout(timeoutMs);
    await sleep(ms, ctx.signal);
    return ctx.timeRemaining();
  }

  fail({ code, message, metadata, details }: Failure): never {
    const { RpcError, isCode } = this.#library;
    if (!isCode(code)) throw new TypeError(`${code} is no code`);
    throw new RpcError(code, message, { metadata, details });
  }

  crash(): never {
    throw new Error(CRASH);
  }

  async wait(key: string, ctx: HandlerContext): Promise<number> {
    using _ = this.#observations.begin(key, ctx.signal);
    await this.#whenReleased(key, ctx.signal);
    return ctx.timeRemaining();
  }

  reflect(_nothing: void, ctx: HandlerContext): readonly (readonly [string, string | Uint8Array])[] {
    for (const [key] of ctx.metadata) {
      const values = ctx.metadata.filter(([other]) => other === key).map(([, value]) => value);
      ctx.setHeader(key, values);
      ctx.setTrailer(`${key}-trailer`, values);
    }
    return ctx.metadata;
  }

  httpHeader(name: string, ctx: HandlerContext<RequestHeaders>): string | undefined {
    return ctx.http?.req.header(name);
  }

  note(key: string): void {
    this.#observations.begin(key)[Symbol.dispose]();
  }

  observe(key: string): Observation {
    return this.#observations.of(key);
  }

  release(key: string): void {
    this.#observations.release(key);
  }

  async *count(limit: number): AsyncGenerator<number> {
    for (let i = 0; i < limit; i++) yield i;
  }

  async *produce(production: Production, ctx: HandlerContext): AsyncGenerator<Uint8Array> {
    const { key, count = Infinity, bytes, everyMs, pauseAfter } = production;
    using observed = this.#observations.begin(key, ctx.signal);
    for (let i = 0; i < count; i++) {
      if (i === pauseAfter) await this.#whenReleased(key, ctx.signal);
      if (everyMs > 0) await sleep(everyMs, ctx.signal);
      observed.message();
      yield new Uint8Array(bytes).fill(i);
    }
  }

  async *countAndFail(limit: number): AsyncGenerator<number> {
    for (let i = 0; i < limit; i++) yield i;
    throw new this.#library.RpcError("data_loss", `Only ${limit}`, { details: [limit] });
  }

  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  }

  async weigh(messages: AsyncIterable<Uint8Array | string>, ctx: HandlerContext): Promise<number> {
    let weight = 0;
    for await (const message of messages) {
      if (typeof message === "string") await this.wait(message, ctx);
      else weight += message.byteLength;
    }
    return weight;
  }

  async first(messages: AsyncIterable<unknown>): Promise<unknown> {
    for await (const message of messages) return message;
    return undefined;
  }

  async *chat(messages: AsyncIterable<unknown>, ctx: HandlerContext): AsyncGenerator<unknown> {
    using observed = this.#observations.begin(String(ctx.metadata[0]?.[1]), ctx.signal);
    for await (const message of messages) {
      observed.message();
      yield message;
    }
  }

  async *chatUntil(messages: AsyncIterable<number>): AsyncGenerator<number> {
    for await (const message of messages) {
      yield message;
      if (message === 0) return;
    }
  }

  async #whenReleased(key: string, signal: AbortSignal): Promise<void> {
    while (!this.#observations.isReleased(key) && !signal.aborted) await sleep(LOOK_MS, signal);
  }
}
