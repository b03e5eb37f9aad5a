import { Termination } from "../links/ticket.ts";
import { BulkLane } from "./bulk_lane.ts";
import type { BulkSizes } from "./bulk_sizes.ts";
import type { FrameBuffer } from "./frame_buffer.ts";
import { joinBytes } from "./join_bytes.ts";

/**
 * What has been written and waits to be taken: a buffer of small frames, a lane of large ones, and the end item behind
 * both.
 *
 * ```text
 * buffer ────┐ in turns, what is small first
 *            ├──────────────────────────────▶ takeNext(), the end item last
 * bulk lane ─┘
 * ```
 */
export class FrameQueue {
  /** The lane of what is large, where small frames overtake it. */
  readonly bulk: BulkLane | undefined;
  /** Whether anything waits besides what is in the buffer. */
  isMixed = false;
  readonly #buffer: FrameBuffer;
  /** A small chunk has been taken while something large waited, whose turn it is now. */
  #isBulkTurn = false;
  /** The end item, where there is something that it must not overtake. */
  #end: Uint8Array<ArrayBuffer> | undefined;

  /**
   * @param buffer Where small frames are written.
   * @param sizes What is large; without it nothing is.
   */
  constructor(buffer: FrameBuffer, sizes: BulkSizes | undefined) {
    this.#buffer = buffer;
    if (sizes !== undefined) this.bulk = new BulkLane(sizes.fragmentBytes);
  }

  /** Bytes that wait to be taken; the heads of fragments come on top. */
  get byteLength(): number {
    const small = this.#buffer.byteLength;
    return this.isMixed ? small + (this.bulk?.byteLength ?? 0) + (this.#end?.length ?? 0) : small;
  }

  /** Those of them that others wait for: all but one large ticket of each operation, as long as it leaves in fragments. */
  get queuedBytes(): number {
    return this.isMixed ? this.byteLength - (this.bulk?.overtakenBytes ?? 0) : this.#buffer.byteLength;
  }

  /** Those of them that may be taken now, at the least if there are any. */
  get takeableBytes(): number {
    return this.isMixed && !this.bulk?.isHeldBack ? this.byteLength : this.#buffer.byteLength;
  }

  /** Takes the end item out of the buffer, at whose end it stands, if it would overtake something there. */
  addEnd(start: number): void {
    if (this.bulk === undefined || this.bulk.isEmpty) return;
    const { out } = this.#buffer;
    this.#end = out.bytes.slice(start, out.length);
    out.length = start;
  }

  /** Moves the small frame that starts at `start` behind those of its operation in the bulk lane, if there are any. */
  follow(operation: number, start: number, charge: number, termination: Termination | undefined): void {
    const { bulk } = this;
    if (!bulk?.has(operation)) return;
    const { out } = this.#buffer;
    const frame = out.bytes.subarray(start, out.length);
    const isAbort = termination !== undefined && termination !== Termination.COMPLETION;
    const fragment = isAbort ? bulk.giveUp(operation) : undefined;
    if (fragment !== undefined) bulk.putFirst(joinBytes([fragment, frame]));
    else if (bulk.has(operation)) bulk.addCopy(operation, frame, charge);
    else {
      this.isMixed = !bulk.isEmpty;
      return;
    }
    out.length = start;
  }

  /**
   * Drops what waits of an operation that is over, as far as that is large.
   *
   * @param operation The operation's number on this exchange.
   * @returns Whether the peer is to hear of it.
   */
  giveUp(operation: number): boolean {
    const fragment = this.bulk?.has(operation) ? this.bulk.giveUp(operation) : undefined;
    if (fragment !== undefined) this.bulk?.putFirst(fragment);
    this.isMixed &&= this.bulk?.isEmpty === false || this.#end !== undefined;
    return fragment !== undefined;
  }

  /**
   * Hands over the next of the bytes that wait, as a chunk that is never touched again: as many as there are without
   * copying them, but of a large ticket no more than others can wait for.
   *
   * @returns The chunk, on a buffer of its own, or `undefined` if there are none.
   */
  takeNext(): Uint8Array<ArrayBuffer> | undefined {
    return this.isMixed ? this.#takeMixed() : this.#buffer.takeNext();
  }

  /** Drops all bytes that wait. */
  drop(): void {
    this.#buffer.drop();
    this.bulk?.drop();
    this.#end = undefined;
    this.isMixed = false;
  }

  #takeMixed(): Uint8Array<ArrayBuffer> | undefined {
    const { bulk } = this;
    if (bulk === undefined || bulk.isEmpty) return this.#buffer.takeNext() ?? this.#takeEnd();
    if (bulk.isHeldBack) return this.#buffer.takeNext();
    // What was written before the first that is large may be of its operation.
    const isBulkTurn = this.#isBulkTurn && bulk.comesAfter <= this.#buffer.takenChunks;
    const small = isBulkTurn ? undefined : this.#buffer.takeNext();
    this.#isBulkTurn = small !== undefined;
    if (small !== undefined) return small;
    const piece = bulk.take();
    this.isMixed = !bulk.isEmpty || this.#end !== undefined;
    return piece;
  }

  #takeEnd(): Uint8Array<ArrayBuffer> | undefined {
    const end = this.#end;
    this.#end = undefined;
    this.isMixed = false;
    return end;
  }
}
