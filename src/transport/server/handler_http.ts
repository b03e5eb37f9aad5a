import type { Context } from "npm:hono@^4";
import { type MethodKind, streamsResponses } from "../../links/method_kind.ts";
import { type Protocol, ProtocolKind } from "../../links/ticket.ts";
import type { Hello } from "../../wire/control_item.ts";

/**
 * Milliseconds that the head of a stream waits for the handler: who waits for a stream is to see soon that it is there. Most
 * handlers find out in this time who calls, and whether they may.
 */
const STREAM_HEAD_TIMEOUT_MS = 25;

/** Milliseconds after which it is looked whether middleware has answered in place of a handler that still runs. */
export const ANSWER_LOOK_MS = 500;

/**
 * How long the head of a response that carries one call waits for its handler, which may write to it meanwhile. Where there is
 * one response it comes with that, if that comes before the peers would begin to doubt each other (P7.41).
 *
 * @param kind The kind of the method; nothing waits if the client has not said it.
 * @param heartbeatMs That of the server.
 * @param hello The client's, which may have a shorter heartbeat.
 */
export function headTimeoutMs(kind: MethodKind | undefined, heartbeatMs: number, hello: Hello): number {
  if (kind === undefined) return 0;
  return streamsResponses(kind) ? STREAM_HEAD_TIMEOUT_MS : Math.min(heartbeatMs, hello.heartbeatMs ?? Infinity) / 2;
}

/** Who may write to the HTTP context of a request. */
type Phase = "shared" | "own" | "answered";

/** What a write has to do with. */
type Target = "status" | "head" | "state";

/** The members of Hono's `Context` that write. `redirect()` sets a header. */
const WRITERS: ReadonlyMap<PropertyKey, Target> = new Map<PropertyKey, Target>([
  ["status", "status"],
  ["redirect", "status"],
  ["header", "head"],
  ["set", "state"],
  ["setLayout", "state"],
  ["setRenderer", "state"],
]);

const STATUS = "calls have codes in place of a status: throw an RpcError";
const SHARED = 'its exchange carries several calls; use ctx.values or ctx.setHeader(), or call on "single"';
const ANSWERED = "the head of the response has left; use ctx.setTrailer(), or write before the first message";

/**
 * What handlers see of the HTTP context of their request: all of it, but a write that would be lost, or that calls beside this
 * one would see, throws. Middleware has the context itself, and goes on with it when the response is on its way.
 *
 * ```text
 * shared ──carriesOneCall()──▶ own ──answered()──▶ answered
 * ```
 */
export class HandlerHttp implements ProxyHandler<Context> {
  /** What goes with ticket 0. */
  readonly protocol: Protocol;
  readonly #context: Context;
  #phase: Phase = "shared";

  constructor(context: Context) {
    this.#context = context;
    this.protocol = { kind: ProtocolKind.SERVICER_CONTEXT, value: new Proxy(context, this) };
  }

  /** The request carries one call, whose response has not begun. */
  carriesOneCall(): void {
    this.#phase = "own";
  }

  /** The head of the response leaves. */
  answered(): void {
    if (this.#phase === "own") this.#phase = "answered";
  }

  /**
   * Whether middleware answers the request with something else than this body, or before there is one: it has thrown, or set
   * `res`.
   */
  answersWithout(body: ReadableStream<Uint8Array> | undefined): boolean {
    if (!this.#context.finalized || body === undefined) return this.#context.finalized;
    try {
      return this.#context.res.body !== body;
    } catch {
      // That of `@hono/node-server` throws where the body has been sent, and this one has not.
      return true;
    }
  }

  get(context: Context, name: PropertyKey): unknown {
    if (name === "res") this.#check("head", name);
    // Hono's getters read private fields, which the proxy has not.
    const value: unknown = Reflect.get(context, name, context);
    const target = WRITERS.get(name);
    if (target === undefined || typeof value !== "function") return value;
    // A handler may keep it, and call it when the head has left.
    return (...args: unknown[]): unknown => {
      this.#check(target, `${String(name)}()`);
      return Reflect.apply(value, context, args);
    };
  }

  set(context: Context, name: PropertyKey, value: unknown): boolean {
    this.#check(name === "res" ? "status" : "state", String(name));
    return Reflect.set(context, name, value, context);
  }

  /** Throws a `TypeError` that names what was used, if it cannot be written to now. */
  #check(target: Target, what: string): void {
    const why = this.#whyNot(target);
    if (why !== undefined) throw new TypeError(`Cannot use ${what} of ctx.http: ${why}`);
  }

  #whyNot(target: Target): string | undefined {
    if (this.#phase === "shared") return SHARED;
    if (target === "status") return STATUS;
    const isAnswered = this.#phase === "answered" || this.#context.finalized;
    return target === "head" && isAnswered ? ANSWERED : undefined;
  }
}
