/**
 * Frames apart from their contents, so that a changed content can have a frame that fits it.
 *
 * @module
 */
import { frame } from "../wire/recorder.ts";

/**
 * Takes frames apart.
 *
 * @param body Whole frames of less than 65,536 bytes.
 * @returns Their contents.
 */
export function contentsOf(body: Uint8Array): Uint8Array[] {
  const contents: Uint8Array[] = [];
  for (let offset = 0; offset < body.length;) {
    const info = body[offset]! & 0x1f;
    const start = offset + (info < 24 ? 1 : info === 24 ? 2 : 3);
    const length = info < 24 ? info : info === 24 ? body[offset + 1]! : body[offset + 1]! * 256 + body[offset + 2]!;
    contents.push(body.slice(start, start + length));
    offset = start + length;
  }
  return contents;
}

/**
 * Puts contents into frames.
 *
 * @param contents The contents, each of less than 65,536 bytes.
 * @returns The frames, one after the other.
 */
export function joinFrames(contents: readonly Uint8Array[]): Uint8Array {
  const frames = contents.map(frame);
  const body = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const each of frames) {
    body.set(each, offset);
    offset += each.length;
  }
  return body;
}
