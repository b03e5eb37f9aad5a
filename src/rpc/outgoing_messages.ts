import { PLATFORM_CLOCK, type Timer } from "../clock.ts";
import { MAX_WINDOW_PAYLOADS } from "../limits.ts";
import { isPromise, type MessageCodec } from "./message_codec.ts";

/** Messages to send: a generator, an array, a stream or anything else that can be iterated over. */
export type Messages<Message> = Iterable<Message> | AsyncIterable<Message>;

/** The iterator of {@linkcode Messages}. */
export type MessageIterator = Iterator<unknown> | AsyncIterator<unknown>;

type MessageResult = IteratorResult<unknown, unknown>;

/** The call that sent messages belong to. The stream ends with one of the middle three methods, unless it is stopped. */
export interface MessageSink {
  /** Sends a payload. */
  send(payload: Uint8Array): void;
  /** Nothing runs in the iterator any more. */
  sourceClosed?(): void;
  /** The iterator has ended. */
  sourceEnded(): void;
  /** The iterator has thrown. */
  sourceFailed(error: unknown): void;
  /** A message cannot be encoded. */
  encodingFailed(error: unknown): void;
  /** The iterator has thrown after the stream has ended. */
  failedLate(error: unknown): void;
}

/**
 * The most payloads that are sent in one go to a peer that has granted more than this library ever grants. Then other work
 * gets its turn: a peer must not decide how long a loop runs.
 */
const MAX_BURST = MAX_WINDOW_PAYLOADS;
/** The same in bytes. */
const MAX_BURST_BYTES = 1_048_576;

/**
 * How many messages are asked for beyond what the peer allows. Only the iterator knows that there are no more, or that an
 * error follows, and neither needs a grant (S15). A message that does come waits in the end's queue.
 */
const MESSAGES_AHEAD = 1;

/**
 * The sending side of a stream. It asks the iterator for a message only when the peer allows the one before, so that a slow
 * consumer pauses the producer (S19).
 *
 * ```text
 *  idle ──start──▶ running ──done, failed, stop──▶ ended
 *    └───────────────────stop──────────────────────▲
 * ```
 *
 * It waits with `then()` and not in an async function, whose frame and promise would add 200 bytes to each idle stream.
 */
export class OutgoingMessages {
  readonly #codec: MessageCodec;
  readonly #sink: MessageSink;
  #state: "idle" | "running" | "ended" = "idle";
  #iterator: MessageIterator | undefined;
  /** Messages that may be asked for: the implicit payload (S14), what the peer has granted, and those ahead. */
  #allowance = 1 + MESSAGES_AHEAD;
  #burst = 0;
  #burstBytes = 0;
  #isPaused = false;
  #yieldTimer: Timer | undefined;
  #onPulled: ((result: MessageResult) => void) | undefined;
  #onFailed: ((error: unknown) => void) | undefined;

  constructor(codec: MessageCodec, sink: MessageSink) {
    this.#codec = codec;
    this.#sink = sink;
  }

  /** Allows more payloads to be sent; `Infinity` where the peer wants none and they are discarded (S13). */
  grant(payloads: number): void {
    this.#allowance += payloads;
    if (this.#yieldTimer === undefined) this.#resume();
  }

  /** Begins to send. Messages that are available synchronously are sent before this returns, as far as the peer allows. */
  start(iterator: MessageIterator): void {
    this.#iterator = iterator;
    if (this.#state === "idle") {
      this.#state = "running";
      this.#run(iterator);
    } else this.#closeIterator(iterator);
  }

  /** Ends the stream, and closes the iterator if there is one. */
  stop(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    if (this.#iterator !== undefined) this.#closeIterator(this.#iterator);
    this.#clearYieldTimer();
  }

  /** Sends messages until it has to wait. */
  #run(iterator: MessageIterator): void {
    while (!this.#hasEnded()) {
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
    this.#onPulled ??= this.#receivePulled.bind(this);
    this.#onFailed ??= this.#sourceFailed.bind(this);
    // A thenable may call back synchronously. Without `Promise.resolve()` a series of those would overflow the stack.
    Promise.resolve(pulled).then(this.#onPulled, this.#onFailed);
  }

  #receivePulled(result: MessageResult): void {
    const iterator = this.#iterator;
    if (iterator !== undefined && this.#take(result, iterator)) this.#run(iterator);
  }

  /** Sends one message. True if the next can be asked for at once. */
  #take(result: MessageResult, iterator: MessageIterator): boolean {
    if (this.#hasEnded()) return false;
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
      this.#encodingFailed(error, iterator);
      return false;
    }
  }

  async #awaitEncoded(encoded: PromiseLike<Uint8Array>, iterator: MessageIterator): Promise<void> {
    try {
      const payload = await encoded;
      if (this.#hasEnded()) return;
      this.#send(payload);
    } catch (error) {
      return this.#encodingFailed(error, iterator);
    }
    this.#run(iterator);
  }

  #hasEnded(): boolean {
    return this.#state === "ended";
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
    this.#state = "ended";
    this.#sourceClosed();
    this.#sink.sourceEnded();
  }

  /** Nothing more runs in the iterator. */
  #sourceClosed(): void {
    this.#iterator = undefined;
    this.#sink.sourceClosed?.();
  }

  #sourceFailed(error: unknown): void {
    if (this.#hasEnded()) return this.#sink.failedLate(error);
    this.#state = "ended";
    this.#sourceClosed();
    this.#sink.sourceFailed(error);
  }

  #encodingFailed(error: unknown, iterator: MessageIterator): void {
    if (this.#hasEnded()) return this.#sink.failedLate(error);
    this.#state = "ended";
    this.#closeIterator(iterator);
    this.#sink.encodingFailed(error);
  }

  #mustPause(): boolean {
    return this.#allowance === 0 || this.#burst === MAX_BURST || this.#burstBytes >= MAX_BURST_BYTES;
  }

  #pause(): void {
    this.#isPaused = true;
    if (this.#allowance > 0) this.#yieldTimer = PLATFORM_CLOCK.setTimer(() => this.#resume(), 0);
  }

  #clearYieldTimer(): void {
    if (this.#yieldTimer !== undefined) PLATFORM_CLOCK.clearTimer(this.#yieldTimer);
    this.#yieldTimer = undefined;
  }

  #resume(): void {
    this.#clearYieldTimer();
    this.#burst = 0;
    this.#burstBytes = 0;
    const iterator = this.#iterator;
    if (!this.#isPaused || iterator === undefined) return;
    this.#isPaused = false;
    // In a microtask, as the grant may be part of a step that is still being processed.
    queueMicrotask(() => this.#run(iterator));
  }

  /** Closes an iterator that has not ended. It may be busy, so no one waits for this. */
  async #closeIterator(iterator: MessageIterator): Promise<void> {
    try {
      await iterator.return?.();
    } catch (error) {
      this.#sink.failedLate(error);
    } finally {
      this.#sourceClosed();
    }
  }
}

/** The iterator of messages. Throws a `TypeError`, which names the method, if they are not iterable. */
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

/** Whether a value is a synchronous iterable. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "string" || typeof value === "object" && value !== null && Symbol.iterator in value;
}
