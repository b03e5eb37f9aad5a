// @ts-check

/**
 * Frames as small as can be: a CBOR byte string that holds `[operation, payload]`. An empty payload ends a direction.
 */

/** Bytes that the heads of a frame take at most. */
const MAX_HEAD_BYTES = 16;
const CHUNK_BYTES = 65_536;
/** Microtasks without a frame after which a chunk leaves. */
const PATIENCE = 8;
const SMALL_CHUNK_BYTES = 16_384;
const [BYTES, ARRAY_OF_TWO] = [0x40, 0x82];

/** Coalesces frames: what is written in one go leaves as one chunk. */
export class FrameOut {
  #buffer = new Uint8Array(CHUNK_BYTES);
  #length = 0;
  #isScheduled = false;
  #patience = 0;
  #body;

  /** @param {import("./chunk_body.mjs").ChunkBody} body */
  constructor(body) {
    this.#body = body;
  }

  get isFull() {
    return this.#body.isFull;
  }

  /** @returns {Promise<void>} */
  drained() {
    return this.#body.drained();
  }

  /**
   * @param {number} operation
   * @param {Uint8Array} payload
   */
  write(operation, payload) {
    const content = 1 + headLength(operation) + headLength(payload.length) +
      payload.length;
    this.#reserve(content + MAX_HEAD_BYTES);
    this.#head(BYTES, content);
    this.#buffer[this.#length++] = ARRAY_OF_TWO;
    this.#head(0, operation);
    this.#head(BYTES, payload.length);
    this.#buffer.set(payload, this.#length);
    this.#length += payload.length;
    if (this.#length >= CHUNK_BYTES) this.#flush();
    else this.#schedule();
  }

  #schedule() {
    this.#patience = PATIENCE;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#wait);
  }

  /** What follows from this stretch of work still gets on: generators take a few microtasks to their next `yield`. */
  #wait = () => {
    this.#patience -= 1;
    if (this.#patience > 0) return queueMicrotask(this.#wait);
    this.#isScheduled = false;
    this.#flush();
  };

  #flush() {
    if (this.#length === 0) return;
    // A small copy costs less than a new buffer.
    if (this.#length <= SMALL_CHUNK_BYTES) {
      this.#body.write(this.#buffer.slice(0, this.#length));
    } else {
      this.#body.write(this.#buffer.subarray(0, this.#length));
      this.#buffer = new Uint8Array(CHUNK_BYTES);
    }
    this.#length = 0;
  }

  /** @param {number} byteLength */
  #reserve(byteLength) {
    if (this.#length + byteLength <= this.#buffer.length) return;
    this.#flush();
    if (byteLength > this.#buffer.length) {
      this.#buffer = new Uint8Array(byteLength);
    }
  }

  /**
   * @param {number} major
   * @param {number} argument
   */
  #head(major, argument) {
    const buffer = this.#buffer;
    if (argument < 24) buffer[this.#length++] = major | argument;
    else if (argument < 0x100) {
      buffer[this.#length++] = major | 24;
      buffer[this.#length++] = argument;
    } else {
      buffer[this.#length++] = major | 26;
      buffer[this.#length++] = argument >>> 24;
      buffer[this.#length++] = argument >>> 16;
      buffer[this.#length++] = argument >>> 8;
      buffer[this.#length++] = argument;
    }
  }
}

/** @param {number} argument */
function headLength(argument) {
  return argument < 24 ? 1 : argument < 0x100 ? 2 : 5;
}

/** Parses all frames of a chunk in one go, and keeps what is left of one. */
export class FrameIn {
  #onFrame;
  #rest = new Uint8Array();
  /** @type {Uint8Array[]} Chunks of a frame that is longer than one. */
  #parts = [];
  #missing = 0;
  #offset = 0;

  /** @param {(operation: number, payload: Uint8Array) => void} onFrame */
  constructor(onFrame) {
    this.#onFrame = onFrame;
  }

  /** @param {Uint8Array<ArrayBuffer>} chunk */
  push(chunk) {
    if (this.#missing > chunk.length) {
      this.#parts.push(chunk);
      this.#missing -= chunk.length;
      return;
    }
    const bytes = this.#joined(chunk);
    let start = 0;
    while (start < bytes.length) {
      this.#offset = start;
      if (bytes.length - start < headLengthAt(bytes[start])) break;
      const content = this.#argument(bytes);
      if (this.#offset + content > bytes.length) {
        this.#missing = this.#offset + content - bytes.length;
        break;
      }
      start = this.#offset + content;
      this.#offset += 1;
      const operation = this.#argument(bytes);
      this.#argument(bytes);
      this.#onFrame(operation, bytes.subarray(this.#offset, start));
    }
    this.#rest = bytes.subarray(start);
  }

  /** @param {Uint8Array<ArrayBuffer>} chunk */
  #joined(chunk) {
    this.#missing = 0;
    if (this.#rest.length === 0) return chunk;
    const all = [this.#rest, ...this.#parts, chunk];
    this.#parts = [];
    const joined = new Uint8Array(
      all.reduce((sum, { length }) => sum + length, 0),
    );
    let offset = 0;
    for (const part of all) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }

  /** @param {Uint8Array} bytes */
  #argument(bytes) {
    const additional = (bytes[this.#offset++] ?? 0) & 0x1f;
    if (additional < 24) return additional;
    if (additional === 24) return bytes[this.#offset++] ?? 0;
    const offset = this.#offset;
    this.#offset += 4;
    const [a = 0, b = 0, c = 0, d = 0] = [
      bytes[offset],
      bytes[offset + 1],
      bytes[offset + 2],
      bytes[offset + 3],
    ];
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
}

/** @param {number | undefined} initial */
function headLengthAt(initial = 0) {
  const additional = initial & 0x1f;
  return additional < 24 ? 1 : additional === 24 ? 2 : 5;
}
