import { checkDuration } from "../limits.ts";
import { Code } from "../links/mod.ts";
import type { CallOptions } from "./call_options.ts";
import type { CallSite } from "./call_site.ts";
import { localFailure } from "./local_failure.ts";
import { RpcError } from "./rpc_error.ts";

/**
 * Tells how long a call may take: as long as it or its client says, and no longer than its scope has left.
 *
 * @param site What all calls of the client share.
 * @param options What the caller says.
 * @param path The method, as `service/method`, for the error.
 * @returns Milliseconds, above 0.
 * @throws {RangeError} If what the caller says is not a duration.
 * @throws {RpcError} If the scope has no time left.
 */
export function callTimeoutMs(site: CallSite, { timeoutMs, ctx }: CallOptions, path: string): number {
  const own = checkDuration("timeoutMs", timeoutMs ?? site.timeoutMs);
  if (ctx === undefined) return own;
  const left = ctx.timeRemaining();
  if (left > 0) return Math.min(own, left);
  throw localFailure(Code.DEADLINE_EXCEEDED, `Cannot call ${path}: its scope has no time left`);
}

/**
 * Tells why a call ends whose signal has aborted.
 *
 * @param reason The signal's reason.
 * @param path The method, as `service/method`.
 * @returns The error: the reason itself where it is one.
 */
export function abortError(reason: unknown, path: string): RpcError {
  if (reason instanceof RpcError) return reason;
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return localFailure(Code.DEADLINE_EXCEEDED, `Call ${path} expired: its signal timed out`, { cause: reason });
  }
  return localFailure(Code.CANCELLED, `Call ${path} was cancelled`, { cause: reason });
}

/**
 * One signal for a call whose caller may give several. It aborts with the first of them, until it is released.
 */
export class CallAbort implements EventListenerObject {
  readonly #sources: readonly AbortSignal[];
  readonly #controller = new AbortController();

  /** @param options What the caller says. */
  constructor({ signal, ctx }: CallOptions) {
    this.#sources = [signal, ctx?.signal].filter((source) => source !== undefined);
    for (const source of this.#sources) source.addEventListener("abort", this);
    this.handleEvent();
  }

  /** Aborts with the first of the caller's signals. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** One of the caller's signals has aborted. */
  handleEvent(): void {
    const aborted = this.#sources.find((source) => source.aborted);
    if (aborted !== undefined) this.abort(aborted.reason);
  }

  /** Aborts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Listens no more. */
  release(): void {
    for (const source of this.#sources) source.removeEventListener("abort", this);
  }
}
