import type { SeededRandom } from "../seeded_random.ts";
import type { Clock, Timer } from "../../src/clock.ts";
import { Splitter, type Splitting } from "./splitter.ts";

/** How good one direction of a connection is. */
export interface Quality {
  /** The least time that anything takes, in milliseconds. */
  readonly latencyMs: number;
  /** What comes on top of it, at the most. */
  readonly jitterMs: number;
  /** Bytes that may be under way or wait for the reader before no more are taken from the writer. */
  readonly windowBytes: number;
  readonly splitting: Splitting;
}

/** What happens to a pipe that others must know of. Nothing here may throw. */
export interface PipeEvents {
  /** Bytes on their way: what comes out instead of them. */
  passing(bytes: Uint8Array): readonly Uint8Array[];
  /** Whether the body ends with what has passed, whatever else its writer says. */
  isEnded(): boolean;
  /** A chunk has come out. */
  delivered(bytes: Uint8Array): void;
  /** The writer has failed. */
  sourceFailed(reason: unknown): void;
  /** The reader takes nothing more. */
  outputCancelled(reason: unknown): void;
}

/** Something under way: bytes, or the end of them. */
interface Item {
  readonly dueMs: number;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** One direction of a connection: bytes go in as a stream and come out as another one, later and cut otherwise. */
export class Pipe {
  /** What the far side reads. */
  readonly output: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #quality: Quality;
  readonly #splitter: Splitter;
  readonly #events: PipeEvents;
  readonly #items: Item[] = [];
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #underWay = 0;
  #lastDueMs = 0;
  #heldUntilMs = 0;
  #swallows = false;
  #endIsSent = false;
  #sourceIsOver = false;
  #outputIsOver = false;
  #timer: Timer = undefined;
  #wake: (() => void) | undefined;

  constructor(
    source: ReadableStream<Uint8Array>,
    { clock, random, quality, events }: { clock: Clock; random: SeededRandom; quality: Quality; events: PipeEvents },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#quality = quality;
    this.#events = events;
    this.#splitter = new Splitter(quality.splitting, random);
    this.output = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#wake?.(),
      cancel: (reason) => {
        this.#endOutput();
        events.outputCancelled(reason);
      },
    }, { highWaterMark: quality.windowBytes, size: (chunk) => chunk.byteLength });
    this.#reader = source.getReader();
    void this.#run();
  }

  /** Whether nothing holds on to it any more, on either side. */
  get over(): boolean {
    return this.#sourceIsOver && this.#outputIsOver;
  }

  /** Nothing comes out before that moment. */
  stall(untilMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
    this.#clock.clearTimer(this.#timer);
    this.#arm();
  }

  /** Nothing comes out any more, and nobody is told. */
  swallow(): void {
    this.#swallows = true;
    this.#items.length = 0;
    this.#clock.clearTimer(this.#timer);
  }

  /** The reader sees the end of the body, or a failure. */
  breakOutput(reason: Error | undefined): void {
    if (this.#outputIsOver) return;
    this.#endOutput();
    if (reason === undefined) this.#controller.close();
    else this.#controller.error(reason);
  }

  /** The writer is told that nobody reads. */
  cancelSource(reason: unknown): void {
    if (this.#sourceIsOver) return;
    this.#sourceIsOver = true;
    // What a stream answers to that is of no use to a network.
    this.#reader.cancel(reason).catch(() => "it is over either way");
  }

  async #run(): Promise<void> {
    try {
      while (await this.#step());
    } catch (error) {
      if (this.#sourceIsOver) return;
      this.#sourceIsOver = true;
      this.#events.sourceFailed(error);
    }
  }

  async #step(): Promise<boolean> {
    while (!this.#swallows && !this.#hasRoom()) await new Promise<void>((resolve) => this.#wake = resolve);
    const { done, value } = await this.#reader.read();
    if (this.#sourceIsOver) return false;
    if (!done) {
      for (const chunk of this.#events.passing(value)) this.#send(chunk);
    }
    if ((done || this.#events.isEnded()) && !this.#endIsSent) {
      this.#endIsSent = true;
      this.#push(undefined);
    }
    if (done) this.#sourceIsOver = true;
    return !done;
  }

  #hasRoom(): boolean {
    if (this.#outputIsOver) return true;
    const waiting = this.#quality.windowBytes - (this.#controller.desiredSize ?? 0);
    return this.#underWay + waiting < this.#quality.windowBytes;
  }

  #send(chunk: Uint8Array): void {
    for (const piece of this.#splitter.split(chunk)) this.#push(piece);
  }

  #push(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (this.#swallows || this.#outputIsOver) return;
    const { latencyMs, jitterMs } = this.#quality;
    const late = this.#random.chance(0.3) ? this.#random.next() * jitterMs : 0;
    const dueMs = Math.max(this.#lastDueMs, this.#clock.now() + latencyMs + late);
    this.#lastDueMs = dueMs;
    this.#underWay += bytes?.byteLength ?? 0;
    this.#items.push({ dueMs, bytes });
    if (this.#items.length === 1) this.#arm();
  }

  #arm(): void {
    const first = this.#items[0];
    if (first === undefined) return;
    const dueMs = Math.max(first.dueMs, this.#heldUntilMs);
    this.#timer = this.#clock.setTimer(() => this.#deliver(), Math.max(0, dueMs - this.#clock.now()));
  }

  #deliver(): void {
    const nowMs = this.#clock.now();
    let count = 0;
    for (const item of this.#items) {
      if (item.dueMs > nowMs || this.#outputIsOver) break;
      count += 1;
      this.#comeOut(item.bytes);
    }
    this.#items.splice(0, count);
    if (!this.#outputIsOver) this.#arm();
    this.#wake?.();
  }

  #comeOut(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (bytes === undefined) return this.breakOutput(undefined);
    this.#underWay -= bytes.byteLength;
    this.#controller.enqueue(bytes);
    this.#events.delivered(bytes);
  }

  #endOutput(): void {
    this.#outputIsOver = true;
    this.#items.length = 0;
    this.#underWay = 0;
    this.#clock.clearTimer(this.#timer);
    this.#wake?.();
  }
}
