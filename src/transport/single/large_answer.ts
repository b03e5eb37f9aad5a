import type { Clock, Timer } from "../../clock.ts";
import { CLOSE_TIMEOUT_HEARTBEATS } from "../../exchange/keep_alive.ts";
import type { BufferBudget, BufferHolder } from "../server/load_limits.ts";
import type { OpenExchange } from "../server/service_exchange.ts";

/** Bytes of a chunk: few enough that what the HTTP layer has not taken is known. */
const CHUNK_BYTES = 262_144;

/** Milliseconds that a link which stops waits for a client that takes nothing (S40). */
const CUT_OFF_MS = 500;

/** What a large answer needs of the service link. */
export interface LargeAnswerParts {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** Bounds what all answers hold. */
  readonly budget: BufferBudget;
  /** Called when the client has it, or does not get it. */
  readonly over: (answer: LargeAnswer) => void;
}

/**
 * A complete answer that is too long to be handed over at once. It is given to the HTTP layer as that takes it, and counts
 * for the buffers of the server meanwhile. A client that takes nothing for long loses it.
 */
export class LargeAnswer implements OpenExchange, BufferHolder {
  /** The response's body. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #parts: LargeAnswerParts;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #rest: Uint8Array;
  #timer: Timer = undefined;
  #isOver = false;

  constructor(bytes: Uint8Array, parts: LargeAnswerParts) {
    this.#parts = parts;
    this.#rest = bytes;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#next(),
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
    this.#watch(parts.heartbeatMs * CLOSE_TIMEOUT_HEARTBEATS);
    parts.budget.reportBuffered(this, bytes.length);
  }

  drain(): void {}

  cutOff(): void {
    this.#watch(CUT_OFF_MS);
  }

  budgetExceeded(): void {
    this.#cut();
  }

  #next(): void {
    const chunk = this.#rest.subarray(0, CHUNK_BYTES);
    this.#rest = this.#rest.subarray(chunk.length);
    this.#controller.enqueue(chunk);
    if (this.#rest.length === 0) return this.#cut();
    this.#parts.budget.reportBuffered(this, this.#rest.length);
    this.#watch(this.#parts.heartbeatMs * CLOSE_TIMEOUT_HEARTBEATS);
  }

  #watch(timeoutMs: number): void {
    if (this.#isOver) return;
    this.#parts.clock.clearTimer(this.#timer);
    this.#timer = this.#parts.clock.setTimer(() => this.#cut(), timeoutMs);
  }

  /** Ends the body, perhaps before the answer does: the end item is missing then (P9.8). */
  #cut(): void {
    if (this.#isOver) return;
    this.#controller.close();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.clock.clearTimer(this.#timer);
    this.#parts.budget.reportBuffered(this, 0);
    this.#parts.over(this);
  }
}
