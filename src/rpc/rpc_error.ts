import { nameOf } from "../links/thrown.ts";
import { Code, isCode, type Metadata } from "../links/mod.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";

/**
 * Who caused an error: this side (its caller, its handler, its library), the other side, or what lies between them.
 */
export type ErrorOrigin = "local" | "peer" | "transport";

/** What an {@linkcode RpcError} can carry beyond code and message. */
export interface RpcErrorOptions {
  /** Pairs for the caller, sent as trailers. */
  readonly metadata?: MetadataInit | undefined;
  /** Values for the caller's program, sent as CBOR. */
  readonly details?: readonly unknown[] | undefined;
  /** What lies behind it. Never sent. */
  readonly cause?: unknown;
  /** Who caused it; `"local"` by default. */
  readonly origin?: ErrorOrigin | undefined;
}

/**
 * How a call fails, on both sides: callers catch it, handlers throw it.
 *
 * What a handler throws reaches the caller with its code, message, metadata and details; the cause and the stack stay
 * behind. That holds for what the service behind has told of a call that the handler made, too. Where such a call failed
 * without a word of that service (it could not be reached, it took too long), the caller gets the code and a text that says
 * no more than that, and `onError` the error.
 *
 * @example A handler throws, the caller catches
 * ```ts
 * import { Code, RpcError } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new RpcError(Code.NOT_FOUND, "No user 5", { details: [{ user: 5 }] });
 * assertEquals(error.code, "not_found");
 * assertEquals(error.details, [{ user: 5 }]);
 * ```
 */
export class RpcError extends Error {
  /** What kind of failure it is. */
  readonly code: Code;
  /** Pairs that came with it, as trailers. */
  readonly metadata: Metadata;
  /** Values that came with it. */
  readonly details: readonly unknown[];
  /** Who caused it. */
  readonly origin: ErrorOrigin;

  /**
   * Makes an error for a handler to throw.
   *
   * @param code What kind of failure it is: any code but `Code.OK`.
   * @param message What happened, for people.
   * @param options What else it carries.
   * @throws {TypeError} If the code is none, or the metadata is not.
   * @throws {RangeError} If the code is `Code.OK`.
   */
  constructor(code: Code, message: string, options: RpcErrorOptions = {}) {
    if (!isCode(code)) throw new TypeError(`Cannot make an RpcError: expected a code, got ${String(code)}`);
    if (code === Code.OK) throw new RangeError('Cannot make an RpcError: code "ok" is no failure');
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RpcError";
    this.code = code;
    this.metadata = options.metadata === undefined ? [] : toMetadata(options.metadata);
    this.details = options.details ?? [];
    this.origin = options.origin ?? "local";
  }

  /**
   * Makes an error of anything that was thrown. An `RpcError` stays what it is, an `AbortError` becomes
   * `Code.CANCELLED`, a `TimeoutError` `Code.DEADLINE_EXCEEDED`. The text of anything else is not taken over, as it may say
   * what a peer must not know; it stays in the `cause`.
   *
   * @param error What was thrown.
   * @param code The code of what has none of its own; `Code.UNKNOWN` by default.
   * @returns The error.
   *
   * @example An exception and an abort
   * ```ts
   * import { RpcError } from "@ticketlink/ticketlink";
   * import { assertEquals } from "@std/assert";
   *
   * const cause = new Error("password is 1234");
   * const error = RpcError.from(cause);
   * assertEquals([error.code, error.message, error.cause], ["unknown", "Call failed", cause]);
   * assertEquals(RpcError.from(new DOMException("Gone", "AbortError")).code, "cancelled");
   * ```
   */
  static from(error: unknown, code: Code = Code.UNKNOWN): RpcError {
    if (isRpcError(error)) return error;
    switch (nameOf(error)) {
      case "AbortError":
        return new RpcError(Code.CANCELLED, "Call was cancelled", { cause: error });
      case "TimeoutError":
        return new RpcError(Code.DEADLINE_EXCEEDED, "Call took too long", { cause: error });
      default:
        return new RpcError(code, "Call failed", { cause: error });
    }
  }
}

/**
 * Tells whether an error is an {@linkcode RpcError}, also one of another copy of this library: a program may have two, one
 * of which a package brings along.
 *
 * @param error What was thrown.
 * @returns Whether it has all that an `RpcError` has.
 */
export function isRpcError(error: unknown): error is RpcError {
  if (typeof error !== "object" || error === null || !("code" in error && "origin" in error)) return false;
  return isCode(error.code) && "metadata" in error && Array.isArray(error.metadata) && "details" in error &&
    Array.isArray(error.details);
}

/**
 * Marks the failures that this library has found out itself. What a peer says, and what users make, is not among them. All
 * copies of the library in a program know it: one may serve the call, another may have made the inner one.
 */
const LOCAL_FAILURE = Symbol.for("ticketlink.localFailure");

/**
 * Makes the error of a call that has failed in a way which its service has not told of: there was no way there, its time has
 * passed, its response cannot be read. The text is for those who run this program. It may name what lies behind, so where
 * the call was made by a handler, the handler's caller is not told (P11.6).
 *
 * @param code What kind of failure it is.
 * @param message What happened.
 * @param options What else it carries.
 * @returns The error.
 */
export function localFailure(code: Code, message: string, options?: RpcErrorOptions): RpcError {
  return Object.defineProperty(new RpcError(code, message, options), LOCAL_FAILURE, { value: true });
}

/**
 * Tells whether an error is a {@linkcode localFailure}.
 *
 * @param error The error.
 * @returns Whether it is.
 */
export function isLocalFailure(error: RpcError): boolean {
  return LOCAL_FAILURE in error;
}
