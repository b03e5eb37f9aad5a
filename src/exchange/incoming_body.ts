import type { ChunkReceiver, ChunkSupply } from "./incoming_chunks.ts";
import type { Clock } from "../clock.ts";
import { isBytes } from "../links/foreign_value.ts";

/** What bytes are read from: the reader of a stream, or an object with the same methods. */
export type ByteSource = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel" | "releaseLock">;

/** One result of a {@linkcode ByteSource}. */
export type ByteResult = ReadableStreamReadResult<Uint8Array>;

/** `paused` carries what wakes the loop up. */
type BodyState =
  | { readonly kind: "running" }
  | { readonly kind: "paused"; readonly resume: () => void }
  | { readonly kind: "done" }
  | { readonly kind: "stopped" };

const RUNNING: BodyState = { kind: "running" };
const DONE: BodyState = { kind: "done" };
const STOPPED: BodyState = { kind: "stopped" };

/**
 * Reads a body to its end in one loop without waiting for its receiver: three unread bodies were enough to stall all others
 * of an HTTP/2 connection (Deno, Chromium). It pauses only when it is told to.
 *
 * ```text
 * running ◀──▶ paused      running ──the body ends or fails──▶ done      any ──stop()──▶ stopped
 * ```
 */
export class IncomingBody implements ChunkSupply {
  readonly #reader: ByteSource;
  readonly #receiver: ChunkReceiver;
  #state: BodyState = RUNNING;

  constructor(body: ReadableStream<Uint8Array> | ByteSource, receiver: ChunkReceiver) {
    this.#reader = "getReader" in body ? body.getReader() : body;
    this.#receiver = receiver;
    // The loop passes all its errors to the receiver, so that this promise always resolves.
    void this.#run();
  }

  /** Whether the body has been read to its end. */
  get done(): boolean {
    return this.#state.kind === "done";
  }

  /** Whether reading waits for {@linkcode resume}. */
  get paused(): boolean {
    return this.#state.kind === "paused";
  }

  pause(): void {
    if (this.#state.kind === "running") this.#state = { kind: "paused", resume: () => {} };
  }

  resume(): void {
    if (this.#state.kind !== "paused") return;
    const { resume } = this.#state;
    this.#state = RUNNING;
    resume();
  }

  /** Also tells the body's source so. */
  stop(reason: unknown): void {
    if (this.#state.kind === "done" || this.#state.kind === "stopped") return;
    const before = this.#state;
    this.#state = STOPPED;
    if (before.kind === "paused") before.resume();
    this.#reader.cancel(reason).catch(ignoreLateFailure);
  }

  async #run(): Promise<void> {
    try {
      // One promise for each chunk: that of the read.
      while (this.#take(await this.#reader.read())) {
        if (this.#state.kind === "paused") await this.#untilResumed();
      }
    } catch (error) {
      if (this.#finish()) this.#receiver.failed(error);
    } finally {
      this.#reader.releaseLock();
    }
  }

  /** Takes one chunk and tells whether to go on. */
  #take({ done, value }: ByteResult): boolean {
    if (this.#state.kind === "stopped") return false;
    if (done) {
      if (this.#finish()) this.#receiver.ended();
      return false;
    }
    this.#receiver.chunk(value);
    return true;
  }

  #untilResumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#state = { kind: "paused", resume: resolve };
    });
  }

  #finish(): boolean {
    if (this.#state.kind === "stopped") return false;
    this.#state = DONE;
    return true;
  }
}

/** The body is not read any more, so an error of its source changes nothing. */
function ignoreLateFailure(): void {}

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

/** The beginning of an answer as text, for an error message. */
export function errorText(beginning: Uint8Array): string {
  return new TextDecoder().decode(beginning).trim();
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
