import type { Clock } from "../clock.ts";
import { LEAST_PROGRESS_BYTES, MAX_MESSAGE_MS, PROGRESS_MS } from "../limits.ts";
import type { TimedTask } from "./deadline_timer.ts";

/** What is received, as far as it matters here. */
export interface MessageSource {
  /** Bytes that have come of a message that is not complete. */
  readonly messageBytes: number;
  /** Which message that is: another number for another message. */
  readonly messageNumber: number;
  /** Whether nothing is read at present. */
  readonly paused: boolean;
}

/**
 * Notices a peer that does not go on with a message that it has begun, or so slowly that it could as well not: what has come
 * of it takes memory, and the next message of the same kind cannot come before it is complete.
 */
export class MessageProgress implements TimedTask {
  readonly #clock: Clock;
  readonly #source: MessageSource;
  readonly #stuck: (what: string) => void;
  #dueAt = Infinity;
  #seenBytes = 0;
  #number = 0;
  #beganAt = 0;

  constructor(clock: Clock, source: MessageSource, stuck: (what: string) => void) {
    this.#clock = clock;
    this.#source = source;
    this.#stuck = stuck;
  }

  dueAt(): number {
    return this.#dueAt;
  }

  /** Bytes have come; returns whether the timer has to be armed. */
  received(): boolean {
    if (this.#dueAt !== Infinity || this.#source.messageBytes === 0) return false;
    this.#begin(this.#clock.now());
    return true;
  }

  run(nowMs: number): void {
    const { messageBytes, messageNumber, paused } = this.#source;
    this.#dueAt = Infinity;
    if (messageBytes === 0) return;
    if (paused || messageNumber !== this.#number) return this.#begin(nowMs);
    const bytes = messageBytes - this.#seenBytes;
    if (bytes < LEAST_PROGRESS_BYTES) {
      return this.#stuck(
        `${bytes} bytes of a message came in ${PROGRESS_MS} ms, ${LEAST_PROGRESS_BYTES} are the least`,
      );
    }
    const beganAt = this.#beganAt;
    if (nowMs - beganAt >= MAX_MESSAGE_MS) {
      return this.#stuck(`a message was not complete after ${MAX_MESSAGE_MS} ms`);
    }
    this.#begin(nowMs);
    this.#beganAt = beganAt;
  }

  #begin(nowMs: number): void {
    this.#dueAt = nowMs + PROGRESS_MS;
    this.#seenBytes = this.#source.messageBytes;
    this.#number = this.#source.messageNumber;
    this.#beganAt = nowMs;
  }
}
