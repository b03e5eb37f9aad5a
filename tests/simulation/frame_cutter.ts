/** Cuts the bytes of a body into whole frames (PROTOCOL.md §3), whatever chunks they come in. It trusts its writer. */
export class FrameCutter {
  #rest: Uint8Array = new Uint8Array();

  /** Takes a chunk and returns the frames that are whole by now, heads included. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const frames: Uint8Array[] = [];
    let start = 0;
    for (let end = frameEnd(bytes, start); end !== undefined; end = frameEnd(bytes, start)) {
      frames.push(bytes.subarray(start, end));
      start = end;
    }
    this.#rest = bytes.subarray(start);
    return frames;
  }
}

/** Where the frame ends that starts there, if all of it is present. */
function frameEnd(bytes: Uint8Array, start: number): number | undefined {
  const initial = bytes[start];
  if (initial === undefined) return undefined;
  const info = initial & 0x1f;
  const size = info < 24 ? 0 : 1 << (info - 24);
  if (bytes.length < start + 1 + size) return undefined;
  let length = size === 0 ? info : 0;
  for (let i = 1; i <= size; i++) length = length * 256 + (bytes[start + i] ?? 0);
  const end = start + 1 + size + length;
  return end <= bytes.length ? end : undefined;
}
