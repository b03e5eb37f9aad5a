import { Code } from "../links/code.ts";
import type { Part } from "./control_item.ts";
import { frameContentLength, frameHeadLength } from "./frame_head.ts";
import { FrameReader } from "./frame_reader.ts";
import { WireError } from "./wire_error.ts";

/** Bytes of a part's content: far more than one needs, and what every peer accepts of a frame (P7.5). */
const MAX_PART_CONTENT_BYTES = 1_024;
/** Bytes of the shortest part's content. */
const MIN_PART_CONTENT_BYTES = 7;
/** An array of two items whose first is -6 (PROTOCOL.md §6); heads are the shortest, so nothing else begins a part. */
const PART_BEGINS_WITH: readonly number[] = [0x82, 0x25];

/**
 * Tells whether a body begins with a part.
 *
 * @param bytes The beginning of the body.
 * @returns `undefined` if that cannot be told yet.
 */
export function beginsWithPart(bytes: Uint8Array): boolean | undefined {
  const [initial, second, third] = bytes;
  if (initial === undefined) return undefined;
  const info = initial & 0x1f;
  // A longer head belongs to a longer frame. What is wrong with any other, its reader says.
  if (initial >> 5 !== 2 || info > 25) return false;
  const headLength = frameHeadLength(initial);
  if (bytes.length < headLength) return undefined;
  const length = info < 24 ? info : info === 24 ? second! : second! * 256 + third!;
  if (length < MIN_PART_CONTENT_BYTES || length > MAX_PART_CONTENT_BYTES) return false;
  if (bytes.length < headLength + PART_BEGINS_WITH.length) return undefined;
  return PART_BEGINS_WITH.every((byte, index) => bytes[headLength + index] === byte);
}

/**
 * Finds the end of the first frame.
 *
 * @param bytes The beginning of a body.
 * @param maxFrameBytes Bytes that its content may have.
 * @returns How many bytes it takes, its head included, whether they are there or not; `undefined` if its head is not there
 * as a whole.
 * @throws {WireError} If no frame begins so, or it is too long.
 */
export function firstFrameLength(bytes: Uint8Array, maxFrameBytes: number): number | undefined {
  const [initial] = bytes;
  if (initial === undefined) return undefined;
  const headLength = frameHeadLength(initial);
  if (bytes.length < headLength) return undefined;
  return headLength + frameContentLength(bytes, 0, headLength, maxFrameBytes);
}

/**
 * Reads the part that a request of a pair begins with.
 *
 * @param bytes The beginning of the request, which {@linkcode beginsWithPart}.
 * @returns The part and how many bytes its frame takes; `undefined` if the frame is not there as a whole.
 * @throws {WireError} If it is malformed.
 */
export function readPartFrame(bytes: Uint8Array): { readonly part: Part; readonly frameBytes: number } | undefined {
  const frameBytes = firstFrameLength(bytes, MAX_PART_CONTENT_BYTES);
  if (frameBytes === undefined || bytes.length < frameBytes) return undefined;
  let part: Part | undefined;
  const reader = new FrameReader({
    ticket: () => {},
    badTicket: () => {},
    control: (item) => {
      if (item.kind === "part") part = item;
    },
  });
  reader.push(bytes.subarray(0, frameBytes));
  if (part === undefined) {
    throw new WireError("Cannot read a frame: expected a part", { code: Code.INTERNAL, scope: "exchange" });
  }
  return { part, frameBytes };
}
