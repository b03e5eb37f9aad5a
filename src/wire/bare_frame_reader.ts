import { CborError } from "../cbor/cbor_error.ts";
import { Major } from "../cbor/item_writer.ts";
import { noteOwnBuffer } from "../cbor/own_buffers.ts";
import { readControlItem } from "./control_codec.ts";
import type { ControlItem } from "./control_item.ts";
import { beginsFragment, fragmentError, FragmentType, MAX_FRAGMENT_ENVELOPE_BYTES } from "./fragment.ts";
import type { FragmentReader } from "./fragment_reader.ts";
import type { FrameHandler } from "./frame_handler.ts";
import { frameContentLength, frameError, frameHeadLength } from "./frame_head.ts";
import type { ItemReader } from "./item_reader.ts";
import { PartialFrame } from "./partial_frame.ts";
import { type ReadTicket, readTicket } from "./ticket_reader.ts";
import { asWireError, problemOf } from "./wire_error.ts";
import type { WireLimits } from "./wire_limits.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
const NO_FRAGMENTS: { readonly operation: number } = Object.freeze({ operation: 0 });

/** Options of a {@linkcode BareFrameReader}. */
export interface FrameReaderOptions extends Partial<WireLimits> {
  /** Whether payloads come as values, or as `EncodedPayload` for a relay. Values by default. */
  readonly payloads?: "decoded" | "encoded";
}

/** Makes what joins the fragments of a body. */
export type FragmentJoining = (
  reader: ItemReader,
  handler: FrameHandler,
  complete: (operation: number, count: number) => void,
) => FragmentReader;

/**
 * Turns the chunks of a body into tickets and control items (PROTOCOL.md §3).
 *
 * All frames of a chunk are read in one synchronous loop, which its handler may {@linkcode pause}. Frames that lie in one
 * chunk are not copied; one that spans chunks is joined in work linear in its bytes, and only once its declared length has
 * passed the limit.
 */
export class BareFrameReader {
  readonly #handler: FrameHandler;
  readonly #reader: ItemReader;
  readonly #isEncoded: boolean;
  readonly #partial = new PartialFrame();
  readonly #fragments: FragmentReader | undefined;
  #ticketBytes = 0;
  /** How many frames have been read. */
  #frames = 0;
  #failure: { readonly error: unknown } | undefined;
  /** What a pause has left of a chunk. */
  #rest = NOTHING;
  #isEnded = false;
  #isStopped = false;
  #isPaused = false;

  /**
   * Makes a reader at the start of a body.
   *
   * @param handler Takes what is read.
   * @param reader Reads the items. One may serve several bodies, as it keeps nothing from one chunk to the next.
   * @param payloads How payloads come.
   * @param joining What joins fragments; without it there must be none.
   */
  constructor(
    handler: FrameHandler,
    reader: ItemReader,
    payloads?: FrameReaderOptions["payloads"],
    joining?: FragmentJoining,
  ) {
    this.#handler = handler;
    this.#reader = reader;
    this.#fragments = joining?.(this.#reader, handler, (operation, count) => {
      if (!this.#isStopped) this.#ticket(operation, count, 0);
    });
    this.#isEncoded = payloads === "encoded";
  }

  /** Whether the end item has been read, after which nothing may follow. */
  get ended(): boolean {
    return this.#isEnded;
  }

  /** Bytes held of a frame that has not arrived as a whole. A body must not end while there are any. */
  get partialBytes(): number {
    return this.#partial.length;
  }

  /** Bytes held of a ticket whose fragments have not all arrived. A body must not end while there are any. */
  get joinedBytes(): number {
    return this.#fragments?.joinedBytes ?? 0;
  }

  /** Which frame or ticket {@linkcode partialBytes} or {@linkcode joinedBytes} belong to: another number for another one. */
  get messageNumber(): number {
    return this.joinedBytes > 0 ? -(this.#fragments?.begunTickets ?? 0) : this.#frames;
  }

  /** Bytes of the ticket that the handler is called with, also of a bad one. */
  get ticketBytes(): number {
    return this.#ticketBytes;
  }

  /** All bytes held: of a frame, of a ticket in fragments, and what a pause has left. */
  get heldBytes(): number {
    return this.#partial.length + this.joinedBytes + this.#rest.length;
  }

  /** Bytes that a pause has left, for {@linkcode resume} to read. */
  get restBytes(): number {
    return this.#rest.length;
  }

  /** Reads nothing more: what is left of the chunk in work, and any later chunk, is dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#forget();
  }

  /** For the handler: reads no frame after the one in work until {@linkcode resume}. */
  pause(): void {
    this.#isPaused = true;
  }

  /**
   * Reads what a pause has left.
   *
   * @returns Whether nothing is left. Otherwise it was paused again.
   * @throws {WireError} If the body breaks the protocol beyond one operation; from then on always the same.
   */
  resume(): boolean {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return this.push(rest);
  }

  /**
   * Reads the next chunk of the body. Nothing of the one before may be left.
   *
   * @param chunk The chunk, of any length. It must not change as long as a payload of it is in use.
   * @returns Whether all of it has been read. Otherwise it was paused, and {@linkcode resume} reads the rest.
   * @throws {WireError} If the body breaks the protocol beyond one operation; from then on always the same.
   */
  push(chunk: Uint8Array): boolean {
    if (this.#isStopped) return true;
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#isPaused = false;
    try {
      this.#read(chunk);
      return this.#rest.length === 0;
    } catch (error) {
      // Also where the handler threw: the place in the body is lost.
      this.#failure = { error };
      this.#forget();
      throw error;
    } finally {
      this.#reader.release();
    }
  }

  #read(chunk: Uint8Array): void {
    let offset = this.#partial.length > 0 ? this.#complete(chunk) : this.#fragments?.append(chunk, 0) ?? 0;
    while (offset < chunk.length && !this.#isStopped && !this.#isPaused) {
      if (this.#isEnded) {
        throw frameError("it follows the end item");
      }
      offset = this.#next(chunk, offset);
    }
    if (this.#isPaused && !this.#isStopped && offset < chunk.length) this.#rest = chunk.subarray(offset);
  }

  #forget(): void {
    this.#partial.clear();
    this.#fragments?.clear();
    this.#rest = NOTHING;
  }

  /** Reads the frame that starts here, or keeps its beginning; returns where to go on. */
  #next(chunk: Uint8Array, offset: number): number {
    const headLength = frameHeadLength(chunk[offset]!);
    const present = chunk.length - offset;
    let total = headLength;
    if (present >= headLength) {
      total += frameContentLength(chunk, offset, headLength, this.#reader.limits.maxFrameBytes);
      if (present >= total) {
        this.#frame(chunk, offset + headLength, offset + total);
        return offset + total;
      }
      const fragments = this.#fragments;
      if (
        fragments !== undefined && present >= headLength + MAX_FRAGMENT_ENVELOPE_BYTES &&
        beginsFragment(chunk, offset + headLength)
      ) {
        return fragments.append(chunk, fragments.begin(chunk, offset + headLength, offset + total));
      }
    }
    this.#partial.append(chunk, offset, chunk.length, total);
    return chunk.length;
  }

  /** Goes on with the frame that earlier chunks began; returns where to go on. */
  #complete(chunk: Uint8Array): number {
    const partial = this.#partial;
    const headLength = frameHeadLength(partial.bytes[0]!);
    let used = this.#fill(chunk, 0, headLength, headLength);
    if (partial.length < headLength) return used;
    const content = frameContentLength(partial.bytes, 0, headLength, this.#reader.limits.maxFrameBytes);
    const total = headLength + content;
    const envelope = headLength + MAX_FRAGMENT_ENVELOPE_BYTES;
    const fragments = this.#fragments;
    if (fragments !== undefined && partial.length < envelope && envelope < total) {
      used = this.#fill(chunk, used, envelope, total);
      if (partial.length === envelope && beginsFragment(partial.bytes, headLength)) {
        const start = fragments.begin(partial.bytes, headLength, total);
        fragments.append(partial.bytes, start, envelope);
        partial.clear();
        return fragments.append(chunk, used);
      }
    }
    used = this.#fill(chunk, used, total, total);
    if (partial.length === total) {
      const frame = partial.take();
      noteOwnBuffer(frame);
      this.#frame(frame, headLength, total);
    }
    return used;
  }

  /** Appends to the partial frame until it has a length, as far as the chunk goes; returns where to go on. */
  #fill(chunk: Uint8Array, start: number, length: number, total: number): number {
    const end = Math.min(start + Math.max(0, length - this.#partial.length), chunk.length);
    if (end > start) this.#partial.append(chunk, start, end, total);
    return end;
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    this.#frames += 1;
    reader.reset(bytes, start, end);
    let count: number;
    let number: number;
    try {
      count = reader.head(Major.ARRAY, "the array of an item");
      number = reader.integer("an operation or the type of a control item");
      if (number === 0) throw new CborError("0 is neither an operation nor the type of a control item", start + 1);
    } catch (error) {
      throw asWireError("Cannot read a frame", error, start);
    }
    if (number > 0) this.#whole(number, count, start);
    else if (number === FragmentType.PLAIN || number === FragmentType.ASKING) {
      const fragments = this.#fragments;
      if (fragments === undefined) throw fragmentError("there are none on an exchange of one operation");
      fragments.append(bytes, fragments.head(number, count, start));
    } else this.#control(number, count, start);
  }

  #whole(operation: number, count: number, start: number): void {
    if (operation === this.#fragments?.operation) {
      throw fragmentError(`got a ticket of operation ${operation} while one of it is not complete`);
    }
    this.#ticket(operation, count, start);
  }

  #ticket(operation: number, count: number, start: number): void {
    let ticket: ReadTicket;
    this.#ticketBytes = this.#reader.end - start;
    try {
      ticket = readTicket(this.#reader, count, this.#isEncoded);
    } catch (error) {
      const failed = `Cannot read a ticket of operation ${operation}`;
      this.#handler.badTicket(operation, problemOf(failed, error, start));
      return;
    }
    this.#handler.ticket(operation, ticket.sequence, ticket.fields, ticket.payload);
  }

  #control(type: number, count: number, start: number): void {
    let item: ControlItem;
    try {
      item = readControlItem(this.#reader, type, count);
    } catch (error) {
      throw asWireError("Cannot read a control item", error, start);
    }
    if (item.kind === "end") {
      const { operation } = this.#fragments ?? NO_FRAGMENTS;
      if (operation > 0) {
        throw fragmentError(`got the end item while a ticket of operation ${operation} is not complete`);
      }
      this.#isEnded = true;
    }
    this.#handler.control(item);
  }
}
