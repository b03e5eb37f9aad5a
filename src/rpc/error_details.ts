import { decodeValue } from "../cbor/decode.ts";
import { encodeValue } from "../cbor/encode.ts";
import { MAX_METADATA_BYTES } from "../limits.ts";
import type { Metadata } from "../links/mod.ts";
import { metadataValue, userMetadata } from "./metadata.ts";

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
  if (!(value instanceof Uint8Array)) return EMPTY_TRAILER.details;
  try {
    const details = decodeValue(value);
    return Array.isArray(details) ? details : EMPTY_TRAILER.details;
  } catch {
    // A peer's malformed details must not hide the error that they came with.
    return EMPTY_TRAILER.details;
  }
}
