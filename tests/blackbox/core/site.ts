import { assert } from "@std/assert";
import { Hono } from "hono";
import { upgradeWebSocket } from "hono/deno";
import { type Implementation, ticketHandler, type TicketHandlerOptions } from "../../../mod.ts";

/** What carries a call. */
export type Carrier = "single" | "duplex" | "pair" | "socket";

/** All that carry calls of any kind, several at once. */
export const SHARED_CARRIERS: readonly Carrier[] = ["duplex", "pair", "socket"];
/** All; *single* carries what needs one request. */
export const CARRIERS: readonly Carrier[] = ["single", ...SHARED_CARRIERS];

/** A server on loopback that offers all carriers. */
export class Site implements AsyncDisposable {
  readonly url: string;
  readonly #handler;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #abort = new AbortController();

  constructor(implementations: Implementation | readonly Implementation[], options: TicketHandlerOptions = {}) {
    this.#handler = ticketHandler(implementations, { onError: () => {}, ...options, upgradeWebSocket });
    const app = new Hono().all("/rpc", this.#handler);
    const { signal } = this.#abort;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, signal, onListen: () => {} }, app.fetch);
    this.url = `http://127.0.0.1:${this.#server.addr.port}/rpc`;
  }

  /** Takes no more calls, and ends those that run: at once, or later. */
  stop(graceMs = 0): Promise<void> {
    return this.#handler.stop(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = await within(2_000, this.stop());
    this.#abort.abort();
    await this.#server.finished;
    assert(stopped !== LATE, "The handler did not stop within 2 s");
  }
}

/** What {@linkcode within} gives where nothing has come. */
export const LATE: unique symbol = Symbol("late");

/** What a promise gives, or `LATE` after so many milliseconds. */
export async function within<Value>(limitMs: number, promise: Promise<Value>): Promise<Value | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>((resolve) => timer = setTimeout(() => resolve(LATE), limitMs));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What becomes of a call, in words: its value as JSON, its code and message, or that nothing came within the limit. Tests
 * compare this, so that a call that hangs is an assertion that fails.
 */
export async function outcomeOf(call: Promise<unknown>, limitMs = 2_000): Promise<string> {
  try {
    const value = await within(limitMs, call);
    if (value === LATE) return `nothing within ${limitMs} ms`;
    return value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value) ?? "undefined";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${"code" in error ? error.code : error.name}: ${error.message}`;
  }
}

/** How often each outcome occurs. */
export function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A promise, and what fulfils it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Waits for real; for what a kernel, another process or a real socket does. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something holds, and tells whether it does. */
export async function eventually(holds: () => boolean, limitMs = 2_000): Promise<boolean> {
  const ends = performance.now() + limitMs;
  while (!holds() && performance.now() < ends) await pause(5);
  return holds();
}

/** Waits until what is told has not changed for half a second. */
export async function untilStill(tell: () => unknown): Promise<void> {
  let last: unknown;
  let now = tell();
  do {
    last = now;
    await pause(500);
    now = tell();
  } while (now !== last);
}
