import type { ByteResult, ByteSource } from "./byte_source.ts";
import type { ChunkReceiver, ChunkSupply } from "./incoming_chunks.ts";

/** `paused` carries what wakes the loop up. */
type PumpState =
  | { readonly kind: "running" }
  | { readonly kind: "paused"; readonly resume: () => void }
  | { readonly kind: "done" }
  | { readonly kind: "stopped" };

const RUNNING: PumpState = { kind: "running" };
const DONE: PumpState = { kind: "done" };
const STOPPED: PumpState = { kind: "stopped" };

/**
 * Reads a body to its end in one loop, always draining: three unread bodies were enough to stall all others of an
 * HTTP/2 connection (Deno, Chromium). It pauses only where someone is bounded in bytes and says so.
 *
 * ```text
 * running ◀──▶ paused      running ──the body ends or fails──▶ done      any ──stop()──▶ stopped
 * ```
 */
export class IncomingPump implements ChunkSupply {
  readonly #reader: ByteSource;
  readonly #receiver: ChunkReceiver;
  #state: PumpState = RUNNING;

  constructor(body: ReadableStream<Uint8Array> | ByteSource, receiver: ChunkReceiver) {
    this.#reader = "getReader" in body ? body.getReader() : body;
    this.#receiver = receiver;
    // The loop takes all its errors to the receiver, so that this promise only ever resolves.
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

/** The body is given up: whether its source takes that well changes nothing, and nobody is left to tell. */
function ignoreLateFailure(): void {}
