import { isBytes } from "../links/foreign_value.ts";
import { decodeValue } from "../cbor/decode.ts";
import { encodeValue } from "../cbor/encode.ts";
import { type Completion, type Outcome, OutcomeKind } from "../ends/mod.ts";
import { MAX_METADATA_BYTES } from "../limits.ts";
import { Code, isCode, type Metadata } from "../links/mod.ts";
import { metadataValue, userMetadata } from "./call_metadata.ts";
import { type ErrorOrigin, isLocalFailure, isRpcError, localFailure, RpcError } from "./rpc_error.ts";

/**
 * Makes what the caller is told of what a handler threw. An `RpcError` is told as it is, but for its cause; of the failure of
 * a call that the handler has made itself only its code, unless the service called has said the rest; of anything else only
 * that it happened.
 *
 * @param error What was thrown.
 * @param trailer The handler's trailers.
 * @param report Told of what the caller is not told.
 * @returns The completion.
 */
export function errorCompletion(
  error: unknown,
  trailer: Metadata = EMPTY_TRAILER.metadata,
  report: (error: unknown) => void,
): Completion {
  if (!isRpcError(error)) {
    report(error);
    return { code: Code.UNKNOWN, message: "Handler failed", terminalMetadata: withDetails(trailer, []) };
  }
  const { code, message } = error;
  if (isLocalFailure(error)) {
    report(error); // it may say where the other service is
    const told = `A call that the service made failed: ${code}`;
    return { code, message: told, terminalMetadata: withDetails(trailer, []) };
  }
  const metadata = [...trailer, ...error.metadata];
  try {
    return { code, message, terminalMetadata: withDetails(metadata, error.details) };
  } catch (cause) {
    report(cause); // details without CBOR, or with too much of it, must not hide the error itself
    return { code, message, terminalMetadata: withDetails(metadata, []) };
  }
}

/** What an outcome means to a caller or a handler, where the peer gives no code and message of its own. */
interface Meaning {
  readonly code: Code;
  readonly origin: ErrorOrigin;
  /** The end of a sentence that begins with the call. */
  readonly what: string;
}

/** Aborts by kind. A cancellation that this side asked for never gets here: its reason is known. */
const MEANINGS: Readonly<Record<Exclude<OutcomeKind, "completed">, Meaning>> = Object.freeze({
  [OutcomeKind.CANCELLED]: { code: Code.CANCELLED, origin: "peer", what: "was cancelled" },
  [OutcomeKind.EXPIRED]: { code: Code.DEADLINE_EXCEEDED, origin: "local", what: "expired: its timeout has passed" },
  [OutcomeKind.LOCAL_SHUTDOWN]: { code: Code.UNAVAILABLE, origin: "local", what: "was ended: this side stops" },
  [OutcomeKind.REMOTE_SHUTDOWN]: { code: Code.UNAVAILABLE, origin: "peer", what: "was ended: the other side stops" },
  [OutcomeKind.RECEPTION_FAILURE]: { code: Code.INTERNAL, origin: "peer", what: "broke a rule of the protocol" },
  [OutcomeKind.TRANSMISSION_FAILURE]: { code: Code.UNAVAILABLE, origin: "transport", what: "lost its link" },
  [OutcomeKind.LOCAL_FAILURE]: { code: Code.INTERNAL, origin: "local", what: "failed on this side" },
  [OutcomeKind.REMOTE_FAILURE]: { code: Code.INTERNAL, origin: "peer", what: "failed on the other side" },
});

/** Outcomes whose code and message the peer or the link may have given. */
const TOLD: ReadonlySet<OutcomeKind> = new Set([
  OutcomeKind.REMOTE_SHUTDOWN,
  OutcomeKind.RECEPTION_FAILURE,
  OutcomeKind.TRANSMISSION_FAILURE,
  OutcomeKind.LOCAL_FAILURE,
]);

/**
 * Tells how a call failed.
 *
 * @param outcome How its operation ended.
 * @param path The call, as `service/method`.
 * @param trailer What came with the completion.
 * @returns The error, or `undefined` if the call succeeded.
 */
export function outcomeError(outcome: Outcome, path: string, trailer: Trailer): RpcError | undefined {
  if (outcome.kind === OutcomeKind.COMPLETED) return completionError(outcome, trailer);
  const { code, origin, what } = MEANINGS[outcome.kind];
  const told = TOLD.has(outcome.kind) && isFailure(outcome.code);
  // The peer says LOCAL_FAILURE with a code where the method does not exist (S35).
  return localFailure(told ? outcome.code : code, textOf(outcome.message) ?? `Call ${path} ${what}`, {
    origin: told && origin === "local" ? "peer" : origin,
  });
}

/** What the service has told for its caller. The text is nothing but its own, as a caller that serves passes it on. */
function completionError({ code, message }: Outcome, trailer: Trailer): RpcError | undefined {
  if (code === undefined || code === Code.OK) return undefined;
  return new RpcError(isFailure(code) ? code : Code.UNKNOWN, textOf(message) ?? "Call failed", {
    origin: "peer",
    metadata: trailer.metadata,
    details: trailer.details,
  });
}

function isFailure(code: unknown): code is Code {
  return isCode(code) && code !== Code.OK;
}

function textOf(message: unknown): string | undefined {
  return typeof message === "string" && message !== "" ? message : undefined;
}

/** The trailer that carries an error's details: a CBOR array. Keys with this beginning are closed to users. */
const DETAILS_KEY = "ticketlink-details";

/** Details share the trailers with the user's own metadata, so they get half of what a ticket may carry. */
const MAX_DETAILS_BYTES = MAX_METADATA_BYTES / 2;

/**
 * Makes the trailers of an error.
 *
 * @param metadata The pairs that are sent anyway.
 * @param details The details.
 * @returns The pairs, with one more if there are details; `undefined` if there is nothing to send.
 * @throws {Error} If the details have no CBOR or too much of it.
 */
export function withDetails(metadata: Metadata, details: readonly unknown[]): Metadata | undefined {
  if (details.length === 0) return metadata.length === 0 ? undefined : metadata;
  const bytes = encodeValue(details);
  if (bytes.byteLength > MAX_DETAILS_BYTES) {
    throw new RangeError(
      `Cannot send the details of the error: they take ${bytes.byteLength} bytes of ${MAX_DETAILS_BYTES} allowed`,
    );
  }
  return [...metadata, [DETAILS_KEY, bytes]];
}

/** Trailers as the caller sees them. */
export interface Trailer {
  /** The user's own pairs. */
  readonly metadata: Metadata;
  /** The details of an error. */
  readonly details: readonly unknown[];
}

/** What a completion without metadata carries. */
export const EMPTY_TRAILER: Trailer = Object.freeze({ metadata: Object.freeze([]), details: Object.freeze([]) });

/**
 * Takes trailers apart. Details that cannot be read are left out: the error itself still says what happened.
 *
 * @param metadata What came with the completion.
 * @returns The user's own pairs, and the details.
 */
export function readTrailer(metadata: Metadata | undefined): Trailer {
  if (metadata === undefined || metadata.length === 0) return EMPTY_TRAILER;
  return { metadata: userMetadata(metadata), details: readDetails(metadataValue(metadata, DETAILS_KEY)) };
}

function readDetails(value: unknown): readonly unknown[] {
  if (!isBytes(value)) return EMPTY_TRAILER.details;
  try {
    const details = decodeValue(value);
    return Array.isArray(details) ? details : EMPTY_TRAILER.details;
  } catch {
    // A peer's malformed details must not hide the error that they came with.
    return EMPTY_TRAILER.details;
  }
}
