import type { Clock } from "../clock.ts";
import { isBytes } from "../links/foreign_value.ts";

/** What bytes are read from: the reader of a stream, or an object with the same methods. */
export type ByteSource = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel" | "releaseLock">;

/** One result of a {@linkcode ByteSource}. */
export type ByteResult = ReadableStreamReadResult<Uint8Array>;

/** Receives the next chunk of a body, as a transport does: `undefined` at its end, after which its stream is let go of. */
export async function receiveFrom(body: Pick<ByteSource, "read" | "releaseLock">): Promise<Uint8Array | undefined> {
  let isOver = true;
  try {
    const { done, value } = await body.read();
    isOver = done;
    return value;
  } finally {
    if (isOver) body.releaseLock();
  }
}

/** Enough bytes for the characters that an error message shows, and for a whole refusal of a server (P8.13). */
const BEGINNING_BYTES = 1_024;
/** Milliseconds that operations wait for the text of an error. */
const BEGINNING_TIMEOUT_MS = 1_000;

/** Reads the beginning of the body of an answer. Never throws, and waits no longer than a second. */
export async function readBeginning(body: ByteSource | undefined, clock: Clock): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  const giveUp = () => void body.cancel().catch(() => "the body is of no more interest");
  const timer = clock.setTimer(giveUp, BEGINNING_TIMEOUT_MS);
  const beginning = new Uint8Array(BEGINNING_BYTES);
  let bytes = 0;
  try {
    while (bytes < BEGINNING_BYTES) {
      const { done, value } = await body.read();
      if (done) break;
      const next = value.subarray(0, BEGINNING_BYTES - bytes);
      beginning.set(next, bytes);
      bytes += next.length;
    }
  } catch {
    // What has been received so far is used.
  } finally {
    clock.clearTimer(timer);
    giveUp();
  }
  return beginning.subarray(0, bytes);
}

/** The beginning of an answer as text, for an error message; of a page of HTML the first text in it, which is the title. */
export function errorText(beginning: Uint8Array): string {
  const text = new TextDecoder().decode(beginning).trim();
  return text.startsWith("<") ? />\s*([^<\s][^<]*)/.exec(text)?.[1]?.trim() ?? "" : text;
}

/**
 * Turns what runtimes and libraries give as bytes into a plain `Uint8Array` on the same memory: a `Buffer`, whose `slice()`
 * does not copy, a view of another kind, an `ArrayBuffer`, also of another realm. Returns `undefined` for any other value.
 */
export function plainBytes(value: unknown): Uint8Array | undefined {
  if (isBytes(value) && Object.getPrototypeOf(value) === Uint8Array.prototype) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}
