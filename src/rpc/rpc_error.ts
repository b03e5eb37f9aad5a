import { fieldOf, nameOf } from "../links/thrown.ts";
import { Code, isCode } from "../links/code.ts";
import type { Metadata } from "../links/ticket.ts";
import { type MetadataInit, toMetadata } from "./call_metadata.ts";

/** Who caused an error: this side (its caller, its handler, this library), the other side, or the transport between them. */
export type ErrorOrigin = "local" | "peer" | "transport";

/** What an {@linkcode RpcError} can carry beyond code and message. */
export interface RpcErrorOptions {
  /** Metadata for the caller, sent as trailers. */
  readonly metadata?: MetadataInit | undefined;
  /** Values for the caller, sent as CBOR. */
  readonly details?: readonly unknown[] | undefined;
  /** What caused it. Never sent. */
  readonly cause?: unknown;
  /** Who caused it; `"local"` by default. */
  readonly origin?: ErrorOrigin | undefined;
}

/**
 * How a call fails, on both sides: callers catch it, handlers throw it.
 *
 * What a handler throws reaches the caller with its code, message, metadata and details, and without its cause and stack. The
 * same is true of an error that the handler got from another service, if that service sent it. Where the handler's call failed
 * otherwise (the service could not be reached, the call took too long), the caller gets the code and a general text, and
 * `onError` gets the error.
 *
 * @example A handler throws, the caller catches
 * ```ts
 * import { Code, RpcError } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new RpcError(Code.NOT_FOUND, "No user 5", { details: [{ user: 5 }] });
 * assertEquals(error.code, "not_found");
 * assertEquals(error.details, [{ user: 5 }]);
 * assertEquals(String(error), "RpcError [not_found]: No user 5");
 * ```
 */
export class RpcError extends Error {
  static {
    // On the prototype, so that the stack of an error begins with it, too: that is made before the constructor's body runs.
    this.prototype.name = "RpcError";
  }

  /** What kind of failure it is. */
  readonly code: Code;
  /** Metadata that came with it, as trailers. */
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
   * @param options Metadata, details, cause and origin.
   * @throws {TypeError} If the code is not a `Code`, or the metadata is malformed.
   * @throws {RangeError} If the code is `Code.OK`.
   */
  constructor(code: Code, message: string, options: RpcErrorOptions = {}) {
    const { cause, metadata = [], details = [], origin = "local" } = options;
    if (!isCode(code)) throw new TypeError(`Cannot make an RpcError: expected a code, got ${String(code)}`);
    if (code === Code.OK) throw new RangeError('Cannot make an RpcError: code "ok" is no failure');
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.metadata = toMetadata(metadata);
    this.details = details;
    this.origin = origin;
  }

  /**
   * Shows what kind of failure it is and what happened.
   *
   * @returns Text such as `RpcError [not_found]: No user 5`.
   */
  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  /**
   * Gives `JSON.stringify` what crosses the wire: the cause and the stack stay here. A bigint among the details becomes text, as
   * JSON has none.
   *
   * @returns A plain object.
   */
  toJSON(): object {
    const text = JSON.stringify(this.details, (_, value) => typeof value === "bigint" ? String(value) : value);
    return { ...this, name: this.name, message: this.message, details: JSON.parse(text) };
  }

  /**
   * Makes an `RpcError` of anything that was thrown. An `RpcError` is returned as it is. An `AbortError` becomes
   * `Code.CANCELLED`, a `TimeoutError` becomes `Code.DEADLINE_EXCEEDED`. The text of any other error may hold secrets, so it
   * stays in the `cause`.
   *
   * @param error What was thrown.
   * @param code The code of any other error; `Code.UNKNOWN` by default.
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
    const options = { cause: error };
    const name = nameOf(error);
    if (name === "AbortError") return new RpcError(Code.CANCELLED, "Call was cancelled", options);
    if (name === "TimeoutError") return new RpcError(Code.DEADLINE_EXCEEDED, "Call took too long", options);
    return new RpcError(code, "Call failed", options);
  }
}

/**
 * Whether an error has all that an {@linkcode RpcError} has. It may be of another copy of this library, as a package may bring
 * one into a program.
 */
export function isRpcError(error: unknown): error is RpcError {
  return isCode(fieldOf(error, "code")) && fieldOf(error, "origin") !== undefined &&
    ["metadata", "details"].every((list) => Array.isArray(fieldOf(error, list)));
}

/**
 * Marks failures that this library has found. Errors of a peer and of the application are not among them. All copies of the
 * library in a program share the mark: one may serve a call whose handler calls with another.
 */
const LOCAL_FAILURE = Symbol.for("ticketlink.localFailure");

/**
 * Makes the error of a call that has failed without an error of its service: the service cannot be reached, the deadline has
 * passed, the response cannot be read. Its text may name servers and addresses. Where a handler made the call, the text is not
 * sent to the handler's caller (P11.6).
 */
export function localFailure(code: Code, message: string, options?: RpcErrorOptions): RpcError {
  return Object.defineProperty(new RpcError(code, message, options), LOCAL_FAILURE, { value: true });
}

/** Whether an error was made by {@linkcode localFailure}. */
export function isLocalFailure(error: RpcError): boolean {
  return LOCAL_FAILURE in error;
}
