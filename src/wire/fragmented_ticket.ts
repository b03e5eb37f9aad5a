import { headLength, Major, writeHeadAt } from "../cbor/item_writer.ts";
import { ARRAY_OF_FOUR, ASKING, type FragmentHead, PLAIN } from "./fragment.ts";

/** A ticket that leaves in fragments, as far as it has not left. Its bytes must not change. */
export class FragmentedTicket {
  /** Its operation. */
  readonly operation: number;
  /** Whether nothing else of its operation waited when it came. */
  readonly isAlone: boolean;
  /** What it has been charged against the peer's window. */
  readonly charge: number;
  /** How many small chunks have to be taken before. */
  readonly comesAfter: number;
  readonly #envelope: Uint8Array;
  readonly #payload: Uint8Array;
  #offset = 0;

  /**
   * Takes a ticket.
   *
   * @param operation Its operation.
   * @param content What its frame would hold, in two parts.
   * @param place Whether nothing else of its operation waits, what it has been charged, and how many small chunks have to be
   * taken before it.
   */
  constructor(
    operation: number,
    content: readonly [Uint8Array, Uint8Array],
    place: Pick<FragmentedTicket, "isAlone" | "charge" | "comesAfter">,
  ) {
    this.isAlone = place.isAlone;
    this.charge = place.charge;
    this.comesAfter = place.comesAfter;
    this.operation = operation;
    [this.#envelope, this.#payload] = content;
  }

  /** Bytes that have not left. */
  get restBytes(): number {
    return this.#envelope.length + this.#payload.length - this.#offset;
  }

  /** Whether a part of it has left. */
  get begun(): boolean {
    return this.#offset > 0;
  }

  /**
   * Hands over the frame of the next fragment.
   *
   * @param length How many bytes it is to have, no more than are left.
   * @param asks Whether we want to hear that it has been taken.
   * @returns The frame.
   */
  next(length: number, asks: boolean): Uint8Array<ArrayBuffer> {
    const type = asks ? ASKING : PLAIN;
    const { frame, start } = newFragment({
      type,
      operation: this.operation,
      length,
      restBytes: this.restBytes - length,
    });
    this.#copyTo(frame, start, length);
    this.#offset += length;
    return frame;
  }

  #copyTo(frame: Uint8Array, start: number, length: number): void {
    const from = this.#offset;
    const envelope = this.#envelope.subarray(from, from + length);
    frame.set(envelope, start);
    const payloadFrom = from + envelope.length - this.#envelope.length;
    if (envelope.length === length) return;
    frame.set(this.#payload.subarray(payloadFrom, payloadFrom + length - envelope.length), start + envelope.length);
  }
}

/**
 * Makes the frame of the fragment that gives a ticket up.
 *
 * @param operation The ticket's operation.
 * @returns The frame.
 */
export function givenUpFragment(operation: number): Uint8Array<ArrayBuffer> {
  return newFragment({ type: PLAIN, operation, length: 0, restBytes: 0 }).frame;
}

/** Makes a frame with room for the bytes, and tells where that begins. */
function newFragment(
  { type, operation, length, restBytes }: FragmentHead & { readonly type: number },
): { readonly frame: Uint8Array<ArrayBuffer>; readonly start: number } {
  const content = 2 + headLength(operation) + headLength(restBytes) + headLength(length) + length;
  const frame = new Uint8Array(headLength(content) + content);
  let at = writeHeadAt(frame, 0, Major.BYTES, content);
  frame[at] = ARRAY_OF_FOUR;
  frame[at + 1] = type;
  at = writeHeadAt(frame, at + 2, Major.UNSIGNED, operation);
  at = writeHeadAt(frame, at, Major.UNSIGNED, restBytes);
  return { frame, start: writeHeadAt(frame, at, Major.BYTES, length) };
}
