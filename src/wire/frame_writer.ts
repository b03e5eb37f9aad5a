import { checkInteger } from "../limits.ts";
import { Code, type Ticket } from "../links/mod.ts";
import { writeControlItem } from "./control_encoder.ts";
import type { ControlItem } from "./control_item.ts";
import { EncodedPayload } from "./encoded_payload.ts";
import { headLength, ItemWriter, Major, UNDEFINED_BYTE } from "./item_writer.ts";
import { writeEnvelope } from "./ticket_encoder.ts";
import { WireError, type WireErrorScope } from "./wire_error.ts";
import { type WireLimits, wireLimits } from "./wire_limits.ts";
import { encodeTransient, HEADROOM_BYTES, takeHeadroom } from "../cbor/mod.ts";

/** The least capacity of a buffer. */
const LEAST_BUFFER_BYTES = 4_096;
/** The most that a new buffer is made for, going by the one before it. */
const GREATEST_FIRST_BYTES = 262_144;
/** The envelope of a ticket with nothing but a payload takes at most this many bytes besides it. */
const BARE_ENVELOPE_BYTES = 15;

/** Payloads below this are copied, without another look at them. */
const LARGE_PAYLOAD_BYTES = 16_384;

const NO_PAYLOAD: Uint8Array = Uint8Array.of(UNDEFINED_BYTE);

/**
 * Turns tickets and control items into the bytes of a body (PROTOCOL.md §3), in one buffer, until someone takes it. A
 * payload of bytes is copied into it and not moved again but where the buffer has to grow. A large one that has headroom is
 * not copied at all: with the head of its frame before it, it is a chunk by itself.
 */
export class FrameWriter {
  readonly #limits: WireLimits;
  readonly #out: ItemWriter;
  #maxFrameBytes: number;
  #firstBytes = LEAST_BUFFER_BYTES;
  /** What has been written before what is in the buffer, the oldest first; there are few. */
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunkBytes = 0;
  #isEnded = false;

  /**
   * Makes a writer at the start of a body.
   *
   * @param limits What a frame may cost. `maxFrameBytes` holds until the peer's hello says what it accepts.
   * @throws {RangeError} If a limit is out of its range.
   */
  constructor(limits?: Partial<WireLimits>) {
    this.#limits = wireLimits(limits);
    this.#out = new ItemWriter(this.#limits);
    this.#maxFrameBytes = this.#limits.maxFrameBytes;
  }

  /** Bytes of one frame's content that the peer accepts. */
  get maxFrameBytes(): number {
    return this.#maxFrameBytes;
  }

  set maxFrameBytes(bytes: number) {
    this.#maxFrameBytes = checkInteger("maxFrameBytes", bytes);
  }

  /** Bytes that wait to be taken. */
  get byteLength(): number {
    return this.#chunkBytes + this.#out.length;
  }

  /**
   * Writes a ticket. Its `operationId`, its `sequenceNumber` and its `protocol` are not looked at.
   *
   * @param operation The operation's number on this exchange, from 1.
   * @param sequence The ticket's number, `undefined` if it is the one that is implied.
   * @param ticket The ticket.
   * @throws {WireError} Of scope "operation", if something in it cannot be encoded or the frame is above what the peer
   * accepts; nothing is written then.
   */
  writeTicket(operation: number, sequence: number | undefined, ticket: Ticket): void {
    const { payload } = ticket;
    const isBytes = payload instanceof Uint8Array;
    // Where the guess is wrong only the envelope moves, since the payload is written after it.
    const guess = isBytes ? headLength(payload.length + BARE_ENVELOPE_BYTES) : 2;
    const start = this.#begin(guess);
    try {
      writeEnvelope(this.#out, operation, sequence, ticket, this.#limits.maxMetadataBytes);
      const tail = isBytes ? payload : this.#encodePayload(payload);
      const tailLength = isBytes ? headLength(tail.length) + tail.length : tail.length;
      this.#closeHead(start, guess, tailLength);
      if (!isBytes) this.#out.raw(tail);
      else if (tail.length < LARGE_PAYLOAD_BYTES || !this.#sendInPlace(start, tail)) this.#out.byteString(tail);
    } catch (error) {
      this.#out.length = start;
      throw asWireError(`Cannot write a ticket of operation ${operation}`, error, "operation");
    }
  }

  /**
   * Writes a control item.
   *
   * @param item The item.
   * @throws {WireError} Of scope "exchange", if something in it cannot be encoded, the frame is above what the peer
   * accepts, or the end item has been written; nothing is written then.
   */
  writeControl(item: ControlItem): void {
    const start = this.#begin(1);
    try {
      writeControlItem(this.#out, item);
      this.#closeHead(start, 1, 0);
    } catch (error) {
      this.#out.length = start;
      throw asWireError(`Cannot write a control item of kind "${item.kind}"`, error, "exchange");
    }
    if (item.kind === "end") this.#isEnded = true;
  }

  /**
   * Hands over all bytes that wait, as one chunk that is never touched again.
   *
   * @returns The chunk, on a buffer of its own, or `undefined` if there are none.
   */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#chunks.length === 0) return this.#takeBuffer();
    const whole = new Uint8Array(this.byteLength);
    let length = 0;
    for (let chunk = this.takeNext(); chunk !== undefined; chunk = this.takeNext()) {
      whole.set(chunk, length);
      length += chunk.length;
    }
    return whole;
  }

  /**
   * Hands over the first of the bytes that wait, as a chunk that is never touched again: as many as there are without
   * copying them.
   *
   * @returns The chunk, on a buffer of its own, or `undefined` if there are none.
   */
  takeNext(): Uint8Array<ArrayBuffer> | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return this.#takeBuffer();
    this.#chunkBytes -= chunk.length;
    return chunk;
  }

  /** Drops all bytes that wait. */
  drop(): void {
    this.#chunks.length = 0;
    this.#chunkBytes = 0;
    this.#out.drop();
  }

  #takeBuffer(): Uint8Array<ArrayBuffer> | undefined {
    const { bytes, length } = this.#out;
    if (length === 0) return undefined;
    this.#out.length = 0;
    if (length * 4 <= bytes.length) {
      // Little of a large buffer: the buffer stays, and shrinks step by step if that goes on.
      this.#firstBytes = Math.max(LEAST_BUFFER_BYTES, bytes.length >> 1);
      if (bytes.length > LEAST_BUFFER_BYTES) this.#out.drop();
      return bytes.slice(0, length);
    }
    this.#firstBytes = Math.min(bytes.length, GREATEST_FIRST_BYTES);
    this.#out.drop();
    return bytes.subarray(0, length);
  }

  /** Leaves room for the head of a frame and returns where it is. */
  #begin(headBytes: number): number {
    if (this.#isEnded) {
      throw new WireError("Cannot write a frame: the end item is written", { code: Code.INTERNAL, scope: "exchange" });
    }
    const start = this.#out.length;
    this.#out.reserve(headBytes, this.#firstBytes);
    this.#out.length = start + headBytes;
    return start;
  }

  /** Makes a chunk of a payload where it lies, and of the head before it that starts at `start`; false if it has no room. */
  #sendInPlace(start: number, payload: Uint8Array): boolean {
    const out = this.#out;
    out.head(Major.BYTES, payload.length);
    const room = out.length - start <= HEADROOM_BYTES ? takeHeadroom(payload) : undefined;
    if (room === undefined) {
      out.length -= headLength(payload.length);
      return false;
    }
    const chunkStart = HEADROOM_BYTES - (out.length - start);
    room.set(out.bytes.subarray(start, out.length), chunkStart);
    out.length = start;
    this.#keep(this.#takeBuffer());
    this.#keep(room.subarray(chunkStart));
    return true;
  }

  #keep(chunk: Uint8Array<ArrayBuffer> | undefined): void {
    if (chunk === undefined) return;
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
  }

  #encodePayload(payload: unknown): Uint8Array {
    if (payload === undefined) return NO_PAYLOAD;
    return payload instanceof EncodedPayload ? payload.bytes : encodeTransient(payload, this.#limits);
  }

  /** Writes the head of the frame that starts at `start` and will end `tailLength` bytes from here. */
  #closeHead(start: number, guess: number, tailLength: number): void {
    const out = this.#out;
    const content = out.length - start - guess + tailLength;
    if (content > this.#maxFrameBytes) {
      throw new RangeError(
        `a frame of ${content} bytes is above ${this.#maxFrameBytes}, what the peer accepts (maxFrameBytes)`,
      );
    }
    const need = headLength(content);
    if (need !== guess) {
      if (need > guess) out.reserve(need - guess);
      out.bytes.copyWithin(start + need, start + guess, out.length);
      out.length += need - guess;
    }
    out.headAt(start, Major.BYTES, content);
  }
}

/** Ranges are limits (of this side or of the peer); anything else is a value without an encoding. */
function asWireError(action: string, error: unknown, scope: WireErrorScope): WireError {
  const code = error instanceof RangeError ? Code.RESOURCE_EXHAUSTED : Code.INTERNAL;
  const reason = error instanceof Error ? error.message : String(error);
  return new WireError(`${action}: ${reason}`, { code, scope, cause: error });
}
