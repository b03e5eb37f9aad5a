import { isBytes } from "../links/foreign_value.ts";
import { takeHeadroom } from "../cbor/copy_bytes.ts";
import { checkInteger } from "../limits.ts";
import { Code } from "../links/code.ts";
import type { Ticket } from "../links/ticket.ts";
import type { BulkLane } from "./bulk_lane.ts";
import { TICKET_OVERHEAD_BYTES } from "./wire_limits.ts";
import { BULK_SIZES, type BulkSizes } from "./bulk_sizes.ts";
import { writeControlItem } from "./control_codec.ts";
import type { ControlItem } from "./control_item.ts";
import { EncodedPayload } from "./encoded_payload.ts";
import { FrameBuffer } from "./frame_buffer.ts";
import { FrameQueue } from "./frame_queue.ts";
import { headLength, type ItemWriter, Major, writeHeadAt } from "../cbor/item_writer.ts";
import { joinBytes } from "./join_bytes.ts";
import { writeKnownEnvelope } from "./known_fields.ts";
import { checkFrameLength, encodePayload, guessHeadLength, writeError, writeHead } from "./ticket_frame.ts";
import { WireError } from "./wire_error.ts";
import { type WireLimits, wireLimits } from "./wire_limits.ts";

/** Options of a {@linkcode FrameWriter}. */
export interface FrameWriterOptions extends Partial<WireLimits> {
  /**
   * What is large, where small frames are to overtake the large ones of other operations. Without it all leave in the order
   * in which they are written.
   */
  readonly bulk?: BulkSizes;
}

/** A frame that is written but for its payload. */
interface BegunFrame {
  readonly operation: number;
  /** Where it starts in the buffer. */
  readonly start: number;
  /** Bytes of its content, the payload's included. */
  readonly content: number;
  /** What it counts against the peer's window. */
  readonly charge: number;
}

/**
 * Turns tickets and control items into the bytes of a body (PROTOCOL.md §3), in one buffer, until someone takes it. A
 * payload of bytes is copied into it and not moved again but where the buffer has to grow. A large one that has headroom is
 * not copied at all: with the head of its frame before it, it is a chunk by itself.
 *
 * ```text
 *                ┌─ small ────────────────────────▶ buffer ────┐
 * writeTicket() ─┤                                             ├─ FrameQueue ─▶ takeNext()
 *                └─ large, or behind a large one ▶ bulk lane ──┘
 *                   of its operation
 * ```
 */
export class FrameWriter {
  readonly #limits: WireLimits;
  readonly #buffer: FrameBuffer;
  readonly #out: ItemWriter;
  readonly #sizes: BulkSizes;
  /** Bytes from which on a payload is worth another look. */
  readonly #largeBytes: number;
  readonly #queue: FrameQueue;
  #maxFrameBytes: number;
  #charge = 0;
  /** Whether large tickets may leave in fragments, where small frames overtake them. */
  mayFragment = true;
  #isEnded = false;

  /**
   * Makes a writer at the start of a body.
   *
   * @param options What a frame may cost, and what is large. `maxFrameBytes` holds until the peer's hello says what it
   * accepts.
   * @throws {RangeError} If a limit is out of its range.
   */
  constructor(options?: FrameWriterOptions) {
    this.#limits = wireLimits(options);
    this.#buffer = new FrameBuffer();
    this.#out = this.#buffer.out;
    this.#maxFrameBytes = this.#limits.maxFrameBytes;
    this.#sizes = options?.bulk ?? BULK_SIZES;
    this.#largeBytes = this.#sizes.leastBytes;
    this.#queue = new FrameQueue(this.#buffer, options?.bulk);
  }

  /** Bytes of one frame's content that the peer accepts. */
  get maxFrameBytes(): number {
    return this.#maxFrameBytes;
  }

  set maxFrameBytes(bytes: number) {
    this.#maxFrameBytes = checkInteger("maxFrameBytes", bytes);
  }

  /** Bytes that wait to be taken; the heads of fragments come on top. */
  get byteLength(): number {
    return this.#queue.byteLength;
  }

  /** Those of them that others wait for: all but one large ticket of each operation, as long as it leaves in fragments. */
  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  /** Those of them that may be taken now, at the least if there are any. */
  get takeableBytes(): number {
    return this.#queue.takeableBytes;
  }

  /** Bytes of all fragments whose taking the peer is to confirm. */
  get askedBytes(): number {
    return this.#queue.bulk?.askedBytes ?? 0;
  }

  /** As many as {@linkcode askedBytes} may become for now; any number at first. */
  set maxAskedBytes(bytes: number) {
    const { bulk } = this.#queue;
    if (bulk !== undefined) bulk.maxAskedBytes = bytes;
  }

  /** What the last ticket that was written counts against the peer's window (P9.20): 0 without a payload. */
  get charge(): number {
    return this.#charge;
  }

  /** What tickets counted that have been given up since this was last asked. */
  takeDroppedCharge(): number {
    return this.#queue.bulk?.takeDroppedCharge() ?? 0;
  }

  /** Those of them that stand in a buffer which is copied when it has to grow. */
  get openBytes(): number {
    return this.#out.length;
  }

  /**
   * Writes a ticket. Its `operationId`, its `sequenceNumber` and its `protocol` are not looked at. An abort replaces what
   * waits of its operation in the bulk lane.
   *
   * @param operation The operation's number on this exchange, from 1.
   * @param sequence The ticket's number, `undefined` if it is the one that is implied.
   * @param ticket The ticket.
   * @throws {WireError} Of scope "operation", if something in it cannot be encoded or the frame is above what the peer
   * accepts; nothing is written then.
   */
  writeTicket(operation: number, sequence: number | undefined, ticket: Ticket): void {
    this.#write(operation, sequence, ticket, this.#queue.bulk);
  }

  /**
   * Writes the ticket that opens an operation, which must not come after one that opens a later operation (P7.6). So where
   * small frames overtake large ones it leaves without a payload that needs fragments, which follows in a ticket of its
   * own. To do so with all large ones would cost a ticket for each call with a message of 16 KiB.
   *
   * @param operation The operation's number on this exchange, above all before it.
   * @param ticket The ticket, whose number is the one that is implied.
   * @returns How many tickets have been written.
   * @throws {WireError} As {@linkcode writeTicket}.
   */
  writeOpening(operation: number, ticket: Ticket): 1 | 2 {
    const { payload } = ticket;
    const bytes = payload instanceof EncodedPayload ? payload.bytes : payload;
    if (!isBytes(bytes) || bytes.length <= this.#sizes.wholeBytes || this.#queue.bulk === undefined) {
      this.#write(operation, undefined, ticket, undefined);
      return 1;
    }
    const [opening, rest] = withoutEnding(ticket);
    const out = this.#out;
    const start = out.length;
    this.#write(operation, undefined, opening, undefined);
    try {
      this.#write(operation, undefined, rest, this.#queue.bulk);
    } catch (error) {
      out.length = start;
      throw error;
    }
    return 2;
  }

  /**
   * Writes a control item. It overtakes what is large; the end item comes after everything.
   *
   * @param item The item.
   * @throws {WireError} Of scope "exchange", if something in it cannot be encoded, the frame is above what the peer
   * accepts, or the end item has been written; nothing is written then.
   */
  writeControl(item: ControlItem): void {
    const out = this.#out;
    const start = this.#begin(1);
    try {
      writeControlItem(out, item);
      this.#closeHead(start, 1, 0);
    } catch (error) {
      out.length = start;
      throw writeError(`Cannot write a control item of kind "${item.kind}"`, error, "exchange");
    }
    if (item.kind !== "end") return;
    this.#isEnded = true;
    this.#queue.addEnd(start);
  }

  /**
   * Writes bytes that have been encoded before.
   *
   * @param bytes Whole frames, or parts that make one together.
   */
  append(bytes: Uint8Array): void {
    this.#buffer.begin(0);
    this.#out.raw(bytes);
  }

  /**
   * Drops what waits of an operation that is over, as far as that is large.
   *
   * @param operation The operation's number on this exchange.
   * @returns Whether the peer is to hear of it.
   */
  giveUp(operation: number): boolean {
    return this.#queue.giveUp(operation);
  }

  /** Makes a chunk of {@linkcode openBytes}, which are not copied any more then. */
  setAside(): void {
    this.#buffer.setAside();
  }

  /**
   * Hands over all bytes that wait, as one chunk that is never touched again.
   *
   * @returns The chunk, on a buffer of its own, or `undefined` if there are none.
   */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const first = this.takeNext();
    if (first === undefined || this.byteLength === 0) return first;
    const chunks = [first];
    for (let chunk = this.takeNext(); chunk !== undefined; chunk = this.takeNext()) chunks.push(chunk);
    return joinBytes(chunks);
  }

  /**
   * Hands over the next of the bytes that wait, as a chunk that is never touched again: as many as there are without
   * copying them, but of a large ticket no more than others can wait for.
   *
   * @returns The chunk, on a buffer of its own, or `undefined` if there are none.
   */
  takeNext(): Uint8Array<ArrayBuffer> | undefined {
    return this.#queue.takeNext();
  }

  /** Drops all bytes that wait. */
  drop(): void {
    this.#queue.drop();
  }

  /** Writes a ticket, which may go into a bulk lane if one is given. */
  #write(operation: number, sequence: number | undefined, ticket: Ticket, bulk: BulkLane | undefined): void {
    const { payload } = ticket;
    const out = this.#out;
    const isPlain = isBytes(payload);
    const guess = guessHeadLength(payload);
    const start = this.#begin(guess);
    try {
      writeKnownEnvelope(out, operation, sequence, ticket, this.#limits);
      const tail = isPlain ? payload : encodePayload(payload, this.#limits);
      const content = this.#closeHead(start, guess, isPlain ? headLength(tail.length) + tail.length : tail.length);
      const charge = payload === undefined ? 0 : content + TICKET_OVERHEAD_BYTES;
      this.#charge = charge;
      if (tail.length >= this.#largeBytes) {
        if (isPlain) out.head(Major.BYTES, tail.length);
        if (bulk === undefined) return this.#buffer.addLarge(start, tail);
        return this.#addLarge(bulk, { operation, start, content, charge }, tail, payload instanceof EncodedPayload);
      }
      if (isPlain) out.byteString(tail);
      else out.raw(tail);
    } catch (error) {
      out.length = start;
      throw writeError(`Cannot write a ticket of operation ${operation}`, error, "operation");
    }
    if (bulk !== undefined && this.#queue.isMixed) {
      this.#queue.follow(operation, start, this.#charge, ticket.termination);
    }
  }

  /** Puts a frame into the bulk lane, where it is to end with its payload. */
  #addLarge(
    bulk: BulkLane,
    { operation, start, content, charge }: BegunFrame,
    payload: Uint8Array,
    isKept: boolean,
  ): void {
    const out = this.#out;
    this.#queue.isMixed = true;
    if (content > this.#sizes.wholeBytes && this.mayFragment) {
      const envelope = out.bytes.slice(start + headLength(content), out.length);
      const isOurs = isKept || takeHeadroom(payload) !== undefined;
      const parts = [envelope, isOurs ? payload : new Uint8Array(payload)] as const;
      bulk.addFragmented(operation, parts, charge, this.#buffer.chunksUpTo(start));
    } else {
      const frame = this.#buffer.inPlace(start, payload);
      const whole = frame ?? joinBytes([out.bytes.subarray(start, out.length), payload]);
      bulk.addChunk(operation, whole, charge, this.#buffer.chunksUpTo(start));
    }
    out.length = start;
  }

  /** Begins a frame and returns where its head is. */
  #begin(headBytes: number): number {
    if (this.#isEnded) {
      throw new WireError("Cannot write a frame: the end item is written", { code: Code.INTERNAL, scope: "exchange" });
    }
    return this.#buffer.begin(headBytes);
  }

  /** Writes the head of the frame that starts at `start` and will end `tailLength` bytes from here; returns what it says. */
  #closeHead(start: number, guess: number, tailLength: number): number {
    const content = this.#out.length - start - guess + tailLength;
    checkFrameLength(content, this.#maxFrameBytes);
    if (headLength(content) === guess) writeHeadAt(this.#out.bytes, start, Major.BYTES, content);
    else writeHead(this.#out, start, guess, content);
    return content;
  }
}

/** A ticket in two: all that may stand before its payload, and the rest. */
function withoutEnding(ticket: Ticket): readonly [Ticket, Ticket] {
  const { payload, terminalMetadata, code, message, termination, ...opening } = ticket;
  const { operationId, sequenceNumber } = ticket;
  return [opening, { operationId, sequenceNumber, payload, terminalMetadata, code, message, termination }];
}
