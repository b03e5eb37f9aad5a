import { FragmentedTicket, givenUpFragment } from "./fragmented_ticket.ts";

/** The least room for small frames that wait behind a large one of their operation. */
const LEAST_ROOM_BYTES = 4_096;
/** No more of them leave in one go. */
const GREATEST_ROOM_BYTES = 65_536;

/** A fragment may have so much less than others, where no more may leave. */
const LEAST_SHARE = 8;

/** Whole frames that leave in one go. */
interface WholeFrames {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of the bytes there are. */
  length: number;
  /** Whether more may follow, as long as there is room. */
  readonly isOpen: boolean;
  /** The operations whose frames they are. */
  readonly operations: number[];
  /** What they have been charged against the peer's window. */
  charge: number;
  /** How many small chunks have to be taken before. */
  readonly comesAfter: number;
}

/**
 * The large frames of an exchange, and those of their operations that must not overtake them, in the order in which they
 * were written. Each piece that is taken is one that others can wait for.
 */
export class BulkLane {
  /** As many as {@linkcode askedBytes} may become for now. */
  maxAskedBytes = Infinity;
  readonly #fragmentBytes: number;
  readonly #leastFragmentBytes: number;
  /** The oldest first. */
  readonly #waiting: (WholeFrames | FragmentedTicket)[] = [];
  /** How many of them have frames of an operation. */
  readonly #operations: Map<number, number> = new Map();
  #byteLength = 0;
  #overtakenBytes = 0;
  #askedBytes = 0;
  #droppedCharge = 0;

  /** @param fragmentBytes Bytes of a ticket that go into one fragment. */
  constructor(fragmentBytes: number) {
    this.#fragmentBytes = fragmentBytes;
    this.#leastFragmentBytes = Math.ceil(fragmentBytes / LEAST_SHARE);
  }

  /** Bytes that wait, without the heads of fragments. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Those of them in fragmented tickets that were added when nothing else of their operations waited. */
  get overtakenBytes(): number {
    return this.#overtakenBytes;
  }

  /** Bytes of all fragments whose taking the peer is to confirm. */
  get askedBytes(): number {
    return this.#askedBytes;
  }

  /** Whether the next piece is a fragment, and has to wait. */
  get isHeldBack(): boolean {
    const room = this.maxAskedBytes - this.#askedBytes;
    if (room >= this.#leastFragmentBytes) return false;
    const [first] = this.#waiting;
    return first instanceof FragmentedTicket && first.restBytes > room;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Tells whether a frame of an operation waits, which others of the operation must not overtake. */
  has(operation: number): boolean {
    return this.#operations.size > 0 && this.#operations.has(operation);
  }

  /** Adds a whole frame that is never touched again, to be taken after so many small chunks. */
  addChunk(operation: number, frame: Uint8Array<ArrayBuffer>, charge: number, comesAfter: number): void {
    this.#push({ bytes: frame, length: frame.length, isOpen: false, operations: [operation], charge, comesAfter });
  }

  /** How many small chunks have to be taken before the next piece. */
  get comesAfter(): number {
    return this.#waiting[0]?.comesAfter ?? 0;
  }

  /** Adds a copy of a small frame of an operation that has others here. */
  addCopy(operation: number, frame: Uint8Array, charge: number): void {
    const last = this.#waiting.at(-1);
    if (last === undefined || last instanceof FragmentedTicket || last.bytes.length - last.length < frame.length) {
      return this.#addRoomFor(operation, frame, charge, last);
    }
    last.bytes.set(frame, last.length);
    last.length += frame.length;
    last.charge += charge;
    this.#byteLength += frame.length;
    if (last.operations.at(-1) === operation) return;
    last.operations.push(operation);
    this.#count(operation, 1);
  }

  /** Adds a ticket that leaves in fragments, by the two parts of what its frame would hold, as {@linkcode addChunk}. */
  addFragmented(
    operation: number,
    content: readonly [Uint8Array, Uint8Array],
    charge: number,
    comesAfter: number,
  ): void {
    const ticket = new FragmentedTicket(operation, content, { isAlone: !this.has(operation), charge, comesAfter });
    if (ticket.isAlone) this.#overtakenBytes += ticket.restBytes;
    this.#push(ticket);
  }

  /** Hands over the next piece, a chunk that is never touched again. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    if (first instanceof FragmentedTicket) return this.#takeFragment(first);
    this.#remove(0);
    const { bytes, length } = first;
    return length * 4 <= bytes.length ? bytes.slice(0, length) : bytes.subarray(0, length);
  }

  /**
   * Drops what waits of an operation that is aborted, back to what leaves together with frames of others: what came after
   * something that is missing would be taken for something else.
   *
   * @returns A fragment that has to leave before anything else, if a part of what is dropped has left.
   */
  giveUp(operation: number): Uint8Array<ArrayBuffer> | undefined {
    let fragment: Uint8Array<ArrayBuffer> | undefined;
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const frames = this.#waiting[i]!;
      const operations = operationsOf(frames);
      if (!operations.includes(operation)) continue;
      if (operations.some((one) => one !== operation)) break;
      if (frames instanceof FragmentedTicket && frames.begun) fragment = givenUpFragment(operation);
      this.#droppedCharge += frames.charge;
      this.#remove(i);
    }
    return fragment;
  }

  /** What has been charged for what was given up since this was last asked. */
  takeDroppedCharge(): number {
    const charge = this.#droppedCharge;
    this.#droppedCharge = 0;
    return charge;
  }

  /** Adds whole frames before all that wait, of an operation that says no more. */
  putFirst(frames: Uint8Array<ArrayBuffer>): void {
    this.#waiting.unshift({
      bytes: frames,
      length: frames.length,
      isOpen: false,
      operations: [],
      charge: 0,
      comesAfter: 0,
    });
    this.#byteLength += frames.length;
  }

  /** Drops all that wait. */
  drop(): void {
    this.#waiting.length = 0;
    this.#operations.clear();
    this.#byteLength = 0;
    this.#overtakenBytes = 0;
  }

  #addRoomFor(
    operation: number,
    frame: Uint8Array,
    charge: number,
    last: WholeFrames | FragmentedTicket | undefined,
  ): void {
    const before = last !== undefined && "isOpen" in last && last.isOpen ? last.bytes.length : 0;
    const room = Math.min(GREATEST_ROOM_BYTES, Math.max(LEAST_ROOM_BYTES, before * 2));
    const bytes = new Uint8Array(Math.max(room, frame.length));
    bytes.set(frame);
    this.#push({ bytes, length: frame.length, isOpen: true, operations: [operation], charge, comesAfter: 0 });
  }

  /** What there is still room for is not asked for: nothing of the ticket would wait for the answer. */
  #takeFragment(ticket: FragmentedTicket): Uint8Array<ArrayBuffer> {
    const { restBytes } = ticket;
    const room = this.maxAskedBytes - this.#askedBytes;
    const length = Math.min(this.#fragmentBytes, restBytes, room);
    const asks = restBytes > room;
    const frame = ticket.next(length, asks);
    this.#byteLength -= length;
    if (ticket.isAlone) this.#overtakenBytes -= length;
    if (asks) this.#askedBytes += length;
    if (length === restBytes) this.#remove(0);
    return frame;
  }

  #push(frames: WholeFrames | FragmentedTicket): void {
    this.#waiting.push(frames);
    this.#byteLength += bytesOf(frames);
    for (const operation of operationsOf(frames)) this.#count(operation, 1);
  }

  #remove(place: number): void {
    const [frames] = place === 0 ? [this.#waiting.shift()!] : this.#waiting.splice(place, 1);
    this.#byteLength -= bytesOf(frames!);
    if (frames instanceof FragmentedTicket && frames.isAlone) this.#overtakenBytes -= frames.restBytes;
    for (const operation of operationsOf(frames!)) this.#count(operation, -1);
  }

  #count(operation: number, change: 1 | -1): void {
    const count = (this.#operations.get(operation) ?? 0) + change;
    if (count === 0) this.#operations.delete(operation);
    else this.#operations.set(operation, count);
  }
}

function bytesOf(frames: WholeFrames | FragmentedTicket): number {
  return frames instanceof FragmentedTicket ? frames.restBytes : frames.length;
}

function operationsOf(frames: WholeFrames | FragmentedTicket): readonly number[] {
  return frames instanceof FragmentedTicket ? [frames.operation] : frames.operations;
}
