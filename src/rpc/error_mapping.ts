import { isBytes } from "../links/foreign_value.ts";
import { decodeValue } from "../cbor/decode.ts";
import type { Outcome, OutcomeKind } from "../ends/outcome.ts";
import { Code, isCode } from "../links/code.ts";
import { CausedMessage } from "../links/thrown.ts";
import type { Metadata } from "../links/ticket.ts";
import { metadataValue, userMetadata } from "./call_metadata.ts";
import { type ErrorOrigin, localFailure, RpcError } from "./rpc_error.ts";

/** The code, the origin and the text of an outcome's error; `true` if the peer or the link may give another code. */
type Abort = readonly [code: Code, origin: ErrorOrigin, predicate: string, mayHaveCode?: true];

/** By kind of outcome. A cancellation by this side has its own error and does not get here. */
const ABORTS: Readonly<Record<Exclude<OutcomeKind, "completed">, Abort>> = {
  "cancelled": ["cancelled", "peer", "was cancelled"],
  "expired": ["deadline_exceeded", "local", "expired: its timeout has passed"],
  "local shutdown": ["unavailable", "local", "was ended: this side stops"],
  "remote shutdown": ["unavailable", "peer", "was ended: the other side stops", true],
  "reception failure": ["internal", "peer", "broke a rule of the protocol", true],
  "transmission failure": ["unavailable", "transport", "lost its link", true],
  "local failure": ["internal", "local", "failed on this side", true],
  "remote failure": ["internal", "peer", "failed on the other side"],
};

/** The error of a call, from its operation's outcome and its trailers. `undefined` if the call has succeeded. */
export function outcomeError({ kind, code, message }: Outcome, path: string, trailer: Trailer): RpcError | undefined {
  const caused = message instanceof CausedMessage ? message : undefined;
  const text = caused?.message ?? (typeof message === "string" && message !== "" ? message : undefined);
  if (kind !== "completed") {
    const [ownCode, origin, predicate, mayHaveCode] = ABORTS[kind];
    const hasCode = mayHaveCode && isFailure(code);
    return localFailure(hasCode ? code : ownCode, text ?? `Call ${path} ${predicate}`, {
      // A peer whose method does not exist sends LOCAL_FAILURE with a code (S35).
      origin: hasCode && origin === "local" ? "peer" : origin,
      cause: caused?.cause,
    });
  }
  if (code === undefined || code === Code.OK) return undefined;
  // The text is the service's own, as a handler that made the call passes it on to its caller.
  return new RpcError(isFailure(code) ? code : Code.UNKNOWN, text ?? "Call failed", { origin: "peer", ...trailer });
}

function isFailure(code: unknown): code is Code {
  return isCode(code) && code !== Code.OK;
}

/** The trailer with an error's details, a CBOR array. Applications cannot use keys with this prefix. */
export const DETAILS_KEY = "ticketlink-details";

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
  let { details } = EMPTY_TRAILER;
  try {
    const bytes = metadataValue(metadata, DETAILS_KEY);
    const decoded = isBytes(bytes) ? decodeValue(bytes) : undefined;
    if (Array.isArray(decoded)) details = decoded;
  } catch {
    // Malformed details of a peer must not hide the error.
  }
  return { metadata: userMetadata(metadata), details };
}
