import { isBytes } from "../links/foreign_value.ts";
import { nameOf, textOf } from "../links/thrown.ts";
import { CborError } from "../cbor/cbor_error.ts";
import { encodeTransient } from "../cbor/encode.ts";
import { headLength, type ItemWriter, Major, UNDEFINED_BYTE, writeHeadAt } from "../cbor/item_writer.ts";
import { Code } from "../links/code.ts";
import type { Ticket } from "../links/ticket.ts";
import { EncodedPayload } from "./encoded_payload.ts";
import { writeEnvelope } from "./ticket_writer.ts";
import { WireError, type WireErrorScope } from "./wire_error.ts";
import { TOO_LARGE, type WireLimits } from "./wire_limits.ts";

/** The envelope of a ticket with nothing but a payload takes at most this many bytes besides it. */
const BARE_ENVELOPE_BYTES = 15;

const NO_PAYLOAD: Uint8Array = Uint8Array.of(UNDEFINED_BYTE);

/**
 * Writes a ticket as one frame.
 *
 * @param out Where to.
 * @param operation The operation's number on this exchange, from 1.
 * @param sequence The ticket's number, `undefined` if it is the one that is implied.
 * @param ticket The ticket. Its `operationId`, its `sequenceNumber` and its `protocol` are not looked at.
 * @param limits What it may cost; `maxFrameBytes` is what the peer accepts.
 * @throws {WireError} Of scope "operation", if something in it cannot be encoded or the frame is above what the peer
 * accepts; nothing is written then.
 */
export function writeTicketFrame(
  out: ItemWriter,
  operation: number,
  sequence: number | undefined,
  ticket: Ticket,
  limits: WireLimits,
): void {
  const { payload } = ticket;
  const guess = guessHeadLength(payload);
  const start = out.length;
  out.reserve(guess);
  out.length = start + guess;
  try {
    writeEnvelope(out, operation, sequence, ticket, limits);
    const isPlain = isBytes(payload);
    const tail = isPlain ? payload : encodePayload(payload, limits);
    const content = out.length - start - guess + tail.length + (isPlain ? headLength(tail.length) : 0);
    checkFrameLength(content, limits.maxFrameBytes);
    writeHead(out, start, guess, content);
    if (isPlain) out.byteString(tail);
    else out.raw(tail);
  } catch (error) {
    out.length = start;
    throw writeError(`Cannot write a ticket of operation ${operation}`, error, "operation");
  }
}

/** How long the head of a ticket's frame probably is. Where the guess is wrong the envelope moves, and never the payload. */
export function guessHeadLength(payload: unknown): number {
  return isBytes(payload) ? headLength(payload.length + BARE_ENVELOPE_BYTES) : 2;
}

/**
 * Writes the head of a frame, of which what is written may move for it.
 *
 * @param out Where to.
 * @param start Where the frame starts.
 * @param guess How much room there is for the head.
 * @param content How many bytes the frame will have after it.
 */
export function writeHead(out: ItemWriter, start: number, guess: number, content: number): void {
  const need = headLength(content);
  if (need !== guess) {
    if (need > guess) out.reserve(need - guess);
    out.bytes.copyWithin(start + need, start + guess, out.length);
    out.length += need - guess;
  }
  writeHeadAt(out.bytes, start, Major.BYTES, content);
}

/**
 * Holds the length of a frame against what the peer accepts.
 *
 * @throws {RangeError} If it is above.
 */
export function checkFrameLength(content: number, maxFrameBytes: number): void {
  if (content <= maxFrameBytes) return;
  throw new RangeError(`a frame of ${content} bytes is above ${maxFrameBytes}, what the peer accepts${TOO_LARGE}`);
}

/** Encodes a payload that is not bytes. What it returns is good until the next call. */
export function encodePayload(payload: unknown, limits: WireLimits): Uint8Array {
  if (payload === undefined) return NO_PAYLOAD;
  return payload instanceof EncodedPayload ? payload.bytes : encodeTransient(payload, limits);
}

/** Ranges are limits (of this side or of the peer); anything else is a value without an encoding. */
export function writeError(action: string, error: unknown, scope: WireErrorScope): WireError {
  const isLimit = error instanceof CborError ? error.limit !== undefined : nameOf(error) === "RangeError";
  const code = isLimit ? Code.RESOURCE_EXHAUSTED : Code.INTERNAL;
  return new WireError(`${action}: ${textOf(error)}`, { code, scope, cause: error });
}
