import { ItemWriter } from "../cbor/item_writer.ts";
import { MAX_FRAME_BYTES } from "../limits.ts";
import type { Ticket } from "../links/ticket.ts";
import { writeControlItem } from "./control_codec.ts";
import type { Hello } from "./control_item.ts";
import { writeHead, writeTicketFrame } from "./ticket_frame.ts";
import type { WireLimits } from "./wire_limits.ts";

/** The frame of an end item without fields: the type is -5. */
export const END: Uint8Array<ArrayBuffer> = Uint8Array.of(0x43, 0x82, 0x24, 0xa0);

/** A buffer that is larger is given away with its first body. */
const MAX_KEPT_BYTES = 16_384;

/**
 * Writes whole bodies of one operation, all of which begin with the same hello. One serves for any number of bodies, one after
 * the other.
 */
export class WholeBodyWriter {
  readonly #out = new ItemWriter();
  readonly #hello: Uint8Array;
  readonly #limits: WireLimits;
  #maxFrameBytes: number;
  /** The number of the next ticket, if it names none. */
  #implied = 0;

  /**
   * Makes a writer.
   *
   * @param hello The hello. Its attempt, if it has one, stands for those that {@linkcode begin} is given, of as many bytes.
   * @param limits What a frame may cost.
   */
  constructor(hello: Hello, limits: WireLimits) {
    const out = this.#out;
    this.#limits = limits;
    this.#maxFrameBytes = limits.maxFrameBytes;
    out.reserve(1);
    out.length = 1;
    writeControlItem(out, hello);
    writeHead(out, 0, 1, out.length - 1);
    // The attempt stands last.
    this.#hello = out.bytes.slice(0, out.length - (hello.attempt?.length ?? 0));
    out.length = 0;
  }

  /** Bytes that are written of the body. */
  get byteLength(): number {
    return this.#out.length;
  }

  /**
   * Begins a body.
   *
   * @param attempt The attempt of the hello, if it has one.
   * @param maxFrameBytes The bytes that the peer accepts of a frame. Where it cannot have said so, what this side accepts
   * itself stands for them, but no less than the default (P6.5).
   */
  begin(
    attempt: Uint8Array | undefined,
    maxFrameBytes: number = Math.max(this.#limits.maxFrameBytes, MAX_FRAME_BYTES),
  ): void {
    this.#out.length = 0;
    this.#out.raw(this.#hello);
    if (attempt !== undefined) this.#out.raw(attempt);
    this.#maxFrameBytes = maxFrameBytes;
    this.#implied = 0;
  }

  /**
   * Writes a ticket.
   *
   * @param operation The operation's number.
   * @param ticket The ticket.
   * @throws {WireError} Of scope "operation", if it cannot be encoded, or is above what the peer accepts; nothing is written
   * then.
   */
  add(operation: number, ticket: Ticket): void {
    const { sequenceNumber } = ticket;
    const named = sequenceNumber === this.#implied ? undefined : sequenceNumber;
    const limits = this.#limits;
    const accepted = this.#maxFrameBytes === limits.maxFrameBytes
      ? limits
      : { ...limits, maxFrameBytes: this.#maxFrameBytes };
    writeTicketFrame(this.#out, operation, named, ticket, accepted);
    this.#implied = sequenceNumber + 1;
  }

  /**
   * Ends the body, and is ready for the next.
   *
   * @returns The body, on a buffer of its own.
   */
  finish(): Uint8Array<ArrayBuffer> {
    const out = this.#out;
    out.raw(END);
    const { bytes, length } = out;
    out.length = 0;
    if (bytes.length <= MAX_KEPT_BYTES) return bytes.slice(0, length);
    out.drop();
    return bytes.subarray(0, length);
  }
}
