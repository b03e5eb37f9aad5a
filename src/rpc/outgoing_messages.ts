import { PLATFORM_CLOCK, type Timer } from "../clock.ts";
import { MAX_WINDOW_PAYLOADS } from "../limits.ts";
import { isPromise, type MessageCodec } from "./message_codec.ts";

/** Messages to be sent: a generator, an array, a stream or anything else that can be iterated over. */
export type Messages<Message> = Iterable<Message> | AsyncIterable<Message>;

/** What {@linkcode Messages} are read with. */
export type MessageIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** What they give. */
type MessageResult = IteratorResult<unknown, unknown>;

/** The call that outgoing messages belong to. */
export interface MessageSink {
  /** Takes one payload. */
  send(payload: Uint8Array): void;
  /** Called once, when there are no more. */
  sentAll(): void;
  /** Called once, instead, when the iterator threw. */
  sourceFailed(error: unknown): void;
  /** Called once, instead, when a message cannot be sent. */
  unsendable(error: unknown): void;
  /** Told of what the iterator throws when nobody waits for its messages any more. */
  threwLate(error: unknown): void;
}

/**
 * Payloads sent in a row to a peer that allows more than this library ever does, before other work gets its turn: such a
 * number is not one to loop by.
 */
const MAX_BURST = MAX_WINDOW_PAYLOADS;
/** The same in bytes. */
const MAX_BURST_BYTES = 1_048_576;

/**
 * The sending side of a stream. The next message is asked for only while the peer allows one more payload, so that a
 * consumer pauses its producer from end to end (S19).
 *
 * ```text
 *  idle ──start──▶ running ──done, failed, stop──▶ over
 *    └───────────────────stop──────────────────────▲
 * ```
 *
 * It waits by `then()` and not in an async function, whose frame and promise would be 200 bytes of each idle stream.
 */
export class OutgoingMessages {
  readonly #codec: MessageCodec;
  readonly #sink: MessageSink;
  #state: "idle" | "running" | "over" = "idle";
  #iterator: MessageIterator | undefined;
  #allowance = 1; // S14
  #burst = 0;
  #burstBytes = 0;
  #isPaused = false;
  #breath: Timer | undefined;
  #pulled: ((result: MessageResult) => void) | undefined;
  #failed: ((error: unknown) => void) | undefined;

  /**
   * @param codec Writes the messages.
   * @param sink Where they go.
   */
  constructor(codec: MessageCodec, sink: MessageSink) {
    this.#codec = codec;
    this.#sink = sink;
  }

  /** Lets that many more payloads leave. */
  grant(payloads: number): void {
    this.#allowance += payloads;
    if (this.#breath === undefined) this.#goOn();
  }

  /** Begins to ask for messages. What is at hand leaves before this returns, as far as the peer allows. */
  start(iterator: MessageIterator): void {
    this.#iterator = iterator;
    if (this.#state === "idle") {
      this.#state = "running";
      this.#run(iterator);
    } else this.#leave(iterator);
  }

  /** Nobody wants the messages any more: the iterator is told, if it has begun. */
  stop(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    if (this.#iterator !== undefined) this.#leave(this.#iterator);
    this.#stopBreath();
  }

  /** Sends what is at hand, until there is something to wait for. */
  #run(iterator: MessageIterator): void {
    while (!this.#isOver()) {
      if (this.#mustPause()) return this.#pause();
      try {
        const pulled = iterator.next();
        if (isPromise(pulled)) return this.#await(pulled);
        if (!this.#take(pulled, iterator)) return;
      } catch (error) {
        return this.#sourceFailed(error);
      }
    }
  }

  #await(pulled: PromiseLike<MessageResult>): void {
    this.#pulled ??= this.#hasPulled.bind(this);
    this.#failed ??= this.#sourceFailed.bind(this);
    // What only looks like a promise may answer at once, and in a row that would be a stack without end.
    Promise.resolve(pulled).then(this.#pulled, this.#failed);
  }

  #hasPulled(result: MessageResult): void {
    const iterator = this.#iterator;
    if (iterator !== undefined && this.#take(result, iterator)) this.#run(iterator);
  }

  /** Sends one message and tells whether to go on at once. */
  #take(result: MessageResult, iterator: MessageIterator): boolean {
    if (this.#isOver()) return false;
    try {
      if (result.done) {
        this.#finish();
        return false;
      }
      const encoded = this.#codec.encode(result.value);
      if (isPromise(encoded)) {
        this.#awaitEncoded(encoded, iterator);
        return false;
      }
      this.#send(encoded);
      return true;
    } catch (error) {
      this.#unsendable(error, iterator);
      return false;
    }
  }

  async #awaitEncoded(encoded: PromiseLike<Uint8Array>, iterator: MessageIterator): Promise<void> {
    try {
      const payload = await encoded;
      if (this.#isOver()) return;
      this.#send(payload);
    } catch (error) {
      return this.#unsendable(error, iterator);
    }
    this.#run(iterator);
  }

  #isOver(): boolean {
    return this.#state === "over";
  }

  #send(payload: Uint8Array): void {
    if (this.#allowance > MAX_BURST) {
      this.#burst += 1;
      this.#burstBytes += payload.byteLength;
    }
    this.#allowance -= 1;
    this.#sink.send(payload);
  }

  #finish(): void {
    this.#state = "over";
    this.#sink.sentAll();
  }

  #sourceFailed(error: unknown): void {
    if (this.#isOver()) return this.#sink.threwLate(error);
    this.#state = "over";
    this.#sink.sourceFailed(error);
  }

  #unsendable(error: unknown, iterator: MessageIterator): void {
    if (this.#isOver()) return this.#sink.threwLate(error);
    this.#state = "over";
    this.#leave(iterator);
    this.#sink.unsendable(error);
  }

  #mustPause(): boolean {
    return this.#allowance === 0 || this.#burst === MAX_BURST || this.#burstBytes >= MAX_BURST_BYTES;
  }

  #pause(): void {
    this.#isPaused = true;
    if (this.#allowance > 0) this.#breath = PLATFORM_CLOCK.setTimer(() => this.#goOn(), 0);
  }

  #stopBreath(): void {
    if (this.#breath !== undefined) PLATFORM_CLOCK.clearTimer(this.#breath);
    this.#breath = undefined;
  }

  #goOn(): void {
    this.#stopBreath();
    this.#burst = 0;
    this.#burstBytes = 0;
    const iterator = this.#iterator;
    if (!this.#isPaused || iterator === undefined) return;
    this.#isPaused = false;
    // Not at once: whoever grants may be at work on what else came with it.
    queueMicrotask(() => this.#run(iterator));
  }

  /** Closes an iterator that still has something to say. It may be busy, so nothing waits for it. */
  async #leave(iterator: MessageIterator): Promise<void> {
    try {
      await iterator.return?.();
    } catch (error) {
      this.#sink.threwLate(error);
    }
  }
}

/**
 * Begins to read messages.
 *
 * @param messages What is said to be iterable.
 * @param path The method, as `service/method`, for the error.
 * @returns Its iterator.
 * @throws {TypeError} If it is not iterable.
 */
export function iteratorOf(messages: unknown, path: string): MessageIterator {
  if (isAsyncIterable(messages)) return messages[Symbol.asyncIterator]();
  if (isIterable(messages)) return messages[Symbol.iterator]();
  throw new TypeError(
    `Cannot send the messages of ${path}: expected an iterable, got a value of type ${typeof messages}`,
  );
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/**
 * Tells whether a value can be iterated over without waiting.
 *
 * @param value Anything.
 * @returns Whether it is a synchronous iterable.
 */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "string" || typeof value === "object" && value !== null && Symbol.iterator in value;
}
