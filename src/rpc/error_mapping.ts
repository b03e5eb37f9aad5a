import { isBytes } from "../links/foreign_value.ts";
import { decodeValue } from "../cbor/decode.ts";
import { encodeValue } from "../cbor/encode.ts";
import { type Outcome, OutcomeKind } from "../ends/outcome.ts";
import type { Completion } from "../ends/types.ts";
import { MAX_METADATA_BYTES } from "../limits.ts";
import { Code, isCode } from "../links/code.ts";
import type { Metadata } from "../links/ticket.ts";
import { metadataValue, userMetadata } from "./call_metadata.ts";
import { type ErrorOrigin, isLocalFailure, isRpcError, localFailure, RpcError } from "./rpc_error.ts";

/**
 * Makes the completion of a call whose handler has thrown. The caller gets an `RpcError` without its cause. It gets only the
 * code of a failed call that the handler has made, unless the error is what that call's service has sent. Of any other error
 * it learns only that there was one. What it does not get is reported.
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
    report(error); // its text may name the other service
    const text = `A call that the service made failed: ${code}`;
    return { code, message: text, terminalMetadata: withDetails(trailer, []) };
  }
  const metadata = [...trailer, ...error.metadata];
  try {
    return { code, message, terminalMetadata: withDetails(metadata, error.details) };
  } catch (cause) {
    report(cause); // details that cannot be encoded must not hide the error
    return { code, message, terminalMetadata: withDetails(metadata, []) };
  }
}

/** The error of an outcome that comes without a code and a message of the peer. */
interface DefaultError {
  readonly code: Code;
  readonly origin: ErrorOrigin;
  /** Continues a sentence that begins with the call. */
  readonly predicate: string;
}

/** By kind of outcome. A cancellation by this side has its own error and does not get here. */
const DEFAULT_ERRORS: Readonly<Record<Exclude<OutcomeKind, "completed">, DefaultError>> = Object.freeze({
  [OutcomeKind.CANCELLED]: { code: Code.CANCELLED, origin: "peer", predicate: "was cancelled" },
  [OutcomeKind.EXPIRED]: {
    code: Code.DEADLINE_EXCEEDED,
    origin: "local",
    predicate: "expired: its timeout has passed",
  },
  [OutcomeKind.LOCAL_SHUTDOWN]: { code: Code.UNAVAILABLE, origin: "local", predicate: "was ended: this side stops" },
  [OutcomeKind.REMOTE_SHUTDOWN]: {
    code: Code.UNAVAILABLE,
    origin: "peer",
    predicate: "was ended: the other side stops",
  },
  [OutcomeKind.RECEPTION_FAILURE]: { code: Code.INTERNAL, origin: "peer", predicate: "broke a rule of the protocol" },
  [OutcomeKind.TRANSMISSION_FAILURE]: { code: Code.UNAVAILABLE, origin: "transport", predicate: "lost its link" },
  [OutcomeKind.LOCAL_FAILURE]: { code: Code.INTERNAL, origin: "local", predicate: "failed on this side" },
  [OutcomeKind.REMOTE_FAILURE]: { code: Code.INTERNAL, origin: "peer", predicate: "failed on the other side" },
});

/** Outcomes that may come with a code and a message of the peer or of the link. */
const MAY_HAVE_CODE: ReadonlySet<OutcomeKind> = new Set([
  OutcomeKind.REMOTE_SHUTDOWN,
  OutcomeKind.RECEPTION_FAILURE,
  OutcomeKind.TRANSMISSION_FAILURE,
  OutcomeKind.LOCAL_FAILURE,
]);

/** The error of a call, from its operation's outcome and its trailers. `undefined` if the call has succeeded. */
export function outcomeError(outcome: Outcome, path: string, trailer: Trailer): RpcError | undefined {
  if (outcome.kind === OutcomeKind.COMPLETED) return completionError(outcome, trailer);
  const { code, origin, predicate } = DEFAULT_ERRORS[outcome.kind];
  const hasCode = MAY_HAVE_CODE.has(outcome.kind) && isFailure(outcome.code);
  // A peer whose method does not exist sends LOCAL_FAILURE with a code (S35).
  return localFailure(hasCode ? outcome.code : code, textOf(outcome.message) ?? `Call ${path} ${predicate}`, {
    origin: hasCode && origin === "local" ? "peer" : origin,
  });
}

/** The error of a completion. Its text is the service's own, as a handler that made the call passes it on to its caller. */
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

/** The trailer with an error's details, a CBOR array. Applications cannot use keys with this prefix. */
const DETAILS_KEY = "ticketlink-details";

/** Details share the trailers with the application's metadata, so they get half of what a ticket may carry. */
const MAX_DETAILS_BYTES = MAX_METADATA_BYTES / 2;

/**
 * Makes the trailers of an error: metadata and details, or `undefined` if there are none. Throws if the details cannot be
 * encoded or are too large.
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

/** The trailers of a call, taken apart. */
export interface Trailer {
  /** The application's own metadata. */
  readonly metadata: Metadata;
  /** The details of an error. */
  readonly details: readonly unknown[];
}

/** The trailer of a completion without metadata. */
export const EMPTY_TRAILER: Trailer = Object.freeze({ metadata: Object.freeze([]), details: Object.freeze([]) });

/** Takes the metadata of a completion apart. Details that cannot be read are left out, as the error is of use without them. */
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
    // Malformed details of a peer must not hide the error.
    return EMPTY_TRAILER.details;
  }
}
