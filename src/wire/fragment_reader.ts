import { CborError } from "../cbor/cbor_error.ts";
import { Major } from "../cbor/item_writer.ts";
import { noteOwnBuffer } from "../cbor/own_buffers.ts";
import { fragmentError, type FragmentHead, FragmentType } from "./fragment.ts";
import type { FrameHandler } from "./frame_handler.ts";
import type { ItemReader } from "./item_reader.ts";
import { JoinedTicket } from "./joined_ticket.ts";
import { asWireError } from "./wire_error.ts";

/** Reads the fragments of a body, whose bytes go from the chunks straight to where the ticket is joined. */
export class FragmentReader {
  readonly #reader: ItemReader;
  readonly #handler: FrameHandler;
  readonly #complete: (operation: number, count: number) => void;
  readonly #joined: JoinedTicket;
  #begunTickets = 0;

  /**
   * Makes a reader of fragments.
   *
   * @param reader Reads the items of frames, and of what is joined.
   * @param handler Hears of fragments.
   * @param complete Takes a ticket that is complete, of which the reader has read the operation and the number of items.
   */
  constructor(reader: ItemReader, handler: FrameHandler, complete: (operation: number, count: number) => void) {
    this.#reader = reader;
    this.#handler = handler;
    this.#complete = complete;
    this.#joined = new JoinedTicket(reader.limits.maxFrameBytes);
  }

  /** The operation of the ticket that is not complete, 0 for none. */
  get operation(): number {
    return this.#joined.operation;
  }

  /** How many tickets have begun to come in fragments. */
  get begunTickets(): number {
    return this.#begunTickets;
  }

  /** Bytes that have been joined. */
  get joinedBytes(): number {
    return this.#joined.length;
  }

  /** Bytes of the fragment in work that have not come. */
  get awaited(): number {
    return this.#joined.awaited;
  }

  /**
   * Reads the beginning of a fragment that is not there as a whole.
   *
   * @param bytes Where it lies.
   * @param start Its first byte.
   * @param end The byte after its last one, wherever that is.
   * @returns Where its bytes of the ticket start.
   * @throws {WireError} If it is not one that may come.
   */
  begin(bytes: Uint8Array, start: number, end: number): number {
    const reader = this.#reader;
    reader.reset(bytes, start, end);
    const count = reader.head(Major.ARRAY, "the array of an item");
    return this.head(reader.integer("the type of a fragment"), count, start);
  }

  /**
   * Reads what follows the type in a fragment, but for its bytes of the ticket.
   *
   * @param type The type.
   * @param count How many items the fragment's array has.
   * @param start Where the content of the frame starts.
   * @returns Where the bytes of the ticket start.
   * @throws {WireError} If it is not one that may come.
   */
  head(type: number, count: number, start: number): number {
    const joined = this.#joined;
    let head: FragmentHead;
    try {
      head = readHead(this.#reader, count);
    } catch (error) {
      throw asWireError("Cannot read a fragment", error, start);
    }
    const { operation, length, restBytes } = head;
    if (length > 0 || restBytes > 0 || operation !== joined.operation) {
      if (joined.operation === 0) this.#begunTickets += 1;
      joined.begin(head, type === FragmentType.ASKING);
    } else {
      joined.clear();
      this.#handler.givenUp?.(operation);
    }
    return this.#reader.offset;
  }

  /**
   * Goes on with the fragment in work, if there is one.
   *
   * @param chunk Where its bytes of the ticket lie.
   * @param start The first of them.
   * @param end The byte after the last that may be one.
   * @returns Where to go on.
   * @throws {WireError} If it is the last one, and what is complete now is no ticket of its operation.
   */
  append(chunk: Uint8Array, start: number, end: number = chunk.length): number {
    const joined = this.#joined;
    const { operation, askedBytes } = joined;
    if (joined.awaited === 0) return start;
    const until = joined.append(chunk, start, end);
    if (joined.awaited > 0) return until;
    if (!joined.isWhole) this.#handler.fragment?.(operation, askedBytes, 0);
    else this.#finish(operation, askedBytes);
    return until;
  }

  /** Drops what has been joined. */
  clear(): void {
    this.#joined.clear();
  }

  #finish(operation: number, askedBytes: number): void {
    const reader = this.#reader;
    const { length } = this.#joined;
    const ticket = this.#joined.take();
    noteOwnBuffer(ticket);
    reader.reset(ticket, 0, length);
    let count: number;
    let number: number;
    try {
      count = reader.head(Major.ARRAY, "the array of a ticket");
      number = reader.integer("the operation of a ticket");
    } catch (error) {
      throw asWireError("Cannot read a ticket that came in fragments", error, 0);
    }
    if (number !== operation) {
      throw fragmentError(`those of operation ${operation} hold an item that begins with ${number}`);
    }
    this.#handler.fragment?.(operation, askedBytes, length);
    this.#complete(operation, count);
  }
}

function readHead(reader: ItemReader, count: number): FragmentHead {
  if (count !== 4) throw new CborError(`a fragment has ${count} items instead of 4`, reader.offset);
  const operation = reader.head(Major.UNSIGNED, "the operation of a fragment");
  if (operation === 0) throw new CborError("a fragment is of operation 0", reader.offset - 1);
  const restBytes = reader.head(Major.UNSIGNED, "the number of bytes that follow a fragment");
  const length = reader.head(Major.BYTES, "the bytes of a fragment");
  const present = reader.end - reader.offset;
  if (length !== present) {
    throw new CborError(`the bytes of a fragment are ${length} where ${present} are in the frame`, reader.offset);
  }
  return { operation, length, restBytes };
}
