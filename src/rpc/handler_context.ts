import type { Metadata } from "../links/mod.ts";
import type { CallScope } from "./call_options.ts";
import type { MetadataValue } from "./metadata.ts";
import type { MethodKind } from "./method.ts";

/**
 * What a handler knows of its call, and what it can say beside its messages. Passed on as `ctx` with the handler's own
 * calls, it gives them its deadline and its cancellation.
 *
 * @typeParam Http What the transport tells: Hono's `Context` where the call came over HTTP.
 */
export interface HandlerContext<Http = unknown> extends CallScope {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly method: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** The caller's pairs. */
  readonly metadata: Metadata;
  /** What the transport tells of the request; `undefined` where there is none, as in memory. */
  readonly http: Http | undefined;
  /**
   * Aborts when the call ends before its time: the caller cancelled or is gone, the deadline has passed, the link is down.
   * Its reason is an `RpcError`. It does not abort when the call completes.
   */
  readonly signal: AbortSignal;

  /**
   * Tells how much time is left.
   *
   * @returns Milliseconds; 0 once the call has ended before its time, `Infinity` when it has completed, as nothing bounds
   * what is still to do. A one-way call has completed when its request is here.
   */
  timeRemaining(): number;

  /**
   * Asks for another timeout of the whole call, counted from its beginning (S25, S26).
   *
   * @param timeoutMs The new total, in milliseconds, above 0; the server's maximum bounds it.
   * @throws {TypeError} If it is no number.
   * @throws {RangeError} If it is not above 0 or not finite.
   */
  changeTimeout(timeoutMs: number): void;

  /**
   * Sets a header. Headers leave with the first response.
   *
   * @param key The key; what was set for it before is replaced.
   * @param value A value, or several for a key that repeats.
   * @throws {TypeError} If the headers have left, or key or value are not allowed.
   */
  setHeader(key: string, value: MetadataValue | readonly MetadataValue[]): void;

  /**
   * Sets a trailer. Trailers leave with the end of the call.
   *
   * @param key The key; what was set for it before is replaced.
   * @param value A value, or several for a key that repeats.
   * @throws {TypeError} If the trailers have left, or key or value are not allowed.
   */
  setTrailer(key: string, value: MetadataValue | readonly MetadataValue[]): void;
}
