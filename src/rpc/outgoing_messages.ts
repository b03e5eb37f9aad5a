import { PLATFORM_CLOCK, type Timer } from "../clock.ts";
import type { Completion, Step } from "../ends/types.ts";
import { MAX_WINDOW_PAYLOADS } from "../limits.ts";
import { describeValue } from "../links/foreign_value.ts";
import { isPromise, type MessageCodec } from "./message_codec.ts";

// An array is an iterable; it is named so that the compiler points at an element of the wrong type.
/**
 * Messages to send: a generator, an array, a stream or anything else that can be iterated over. As in a `for await` loop,
 * promises among them are awaited.
 */
export type Messages<Message> = Iterable<Message> | AsyncIterable<Message> | readonly Message[];

type MessageResult = IteratorResult<unknown, unknown>;

/** The iterator of {@linkcode Messages}. */
export type MessageIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** The call that sent messages belong to. */
export interface MessageSink {
  /** Sends a payload. */
  send(payload: Uint8Array): void;
  /** Sends a step: the completion. */
  step(step: Step): void;
  /** The stream has failed: the iterator has thrown, or a message cannot be encoded, as `isMessage` says. */
  failed(error: unknown, isMessage: boolean): void;
  /** The iterator has thrown after the stream has ended. */
  failedLate?(error: unknown): void;
  /** Nothing runs in the iterator any more. */
  sourceClosed?(): void;
}

/** The completion of a direction without anything to say. */
export const NO_MORE: Completion = Object.freeze({});

/**
 * The most bytes that are sent in one go to a peer that has granted more than this library ever grants. Then other work gets
 * its turn: a peer must not decide how long a loop runs.
 */
const MAX_BURST_BYTES = 1_048_576;
/** What a payload counts for at least, so that a burst has no more payloads than this library ever grants. */
const MIN_PAYLOAD_BYTES = MAX_BURST_BYTES / MAX_WINDOW_PAYLOADS;

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
 *  idle ──start──▶ running ──no allowance──▶ paused ──grant──▶ resuming ──in its turn──▶ running
 *                     └───────────────── end of a burst ───────▲
 *  any ──no more messages, failed, stop──▶ ended
 * ```
 *
 * It waits with `then()` and not in an async function, whose frame and promise would add 200 bytes to each idle stream.
 */
export class OutgoingMessages {
  readonly #codec: Pick<MessageCodec, "encode">;
  readonly #sink: MessageSink;
  #state: "idle" | "running" | "paused" | "resuming" | "ended" = "idle";
  #iterator!: MessageIterator; // set by `start()`; not read while the stream is idle
  /** Messages that may be asked for: the implicit payload (S14), what the peer has granted, and those ahead. */
  #allowance = 1 + MESSAGES_AHEAD;
  #burstBytes = 0;
  #burstTimer: Timer | undefined;
  /** Ends a pause. */
  #wake: () => void = () => {};

  constructor(codec: Pick<MessageCodec, "encode">, sink: MessageSink) {
    this.#codec = codec;
    this.#sink = sink;
  }

  /** Allows more payloads to be sent; `Infinity` where the peer wants none and they are discarded (S13). */
  grant(payloads: number): void {
    this.#allowance += payloads;
    if (this.#state !== "paused") return;
    this.#state = "resuming";
    this.#wake();
  }

  /** Begins to send. Messages that are available synchronously are sent before this returns, as far as the peer allows. */
  start(iterator: MessageIterator): void {
    this.#iterator = iterator;
    if (this.#state === "ended") this.#close();
    else this.#run();
  }

  /** Ends the stream, and closes the iterator if there is one. */
  stop(): void {
    const state = this.#state;
    this.#state = "ended";
    PLATFORM_CLOCK.clearTimer(this.#burstTimer);
    if (state === "running") this.#close();
    else this.#wake();
  }

  #run(): void {
    this.#state = "running";
    this.#burstBytes = 0;
    this.#goOn();
  }

  /** Sends messages until it has to wait. */
  #goOn(): void {
    while (this.#mayAsk()) {
      try {
        const result = this.#iterator.next();
        if (isPromise(result)) return this.#await(result);
        if (!this.#take(result)) return;
      } catch (error) {
        return this.#fail(error, false);
      }
    }
  }

  #await(result: PromiseLike<MessageResult>): void {
    result.then((settled) => this.#take(settled) && this.#goOn(), (error) => this.#fail(error, false));
  }

  /** Whether the next message can be asked for at once. If not, the stream pauses. */
  #mayAsk(): boolean {
    if (this.#state !== "running") return false;
    if (this.#allowance > 0 && this.#burstBytes < MAX_BURST_BYTES) return true;
    this.#state = this.#allowance > 0 ? "resuming" : "paused";
    this.#pause();
    if (this.#allowance > 0) this.#burstTimer = PLATFORM_CLOCK.setTimer(this.#wake, 0);
    return false;
  }

  /**
   * Waits for {@linkcode #wake}. What wakes the stream belongs to a peer or to another call. The reaction of a promise runs in
   * the asynchronous context in which it was added, so that each step of the iterator sees the same `AsyncLocalStorage`.
   */
  #pause(): void {
    void new Promise<void>((resolve) => this.#wake = resolve).then(() => {
      if (this.#state === "ended") this.#close();
      else this.#run();
    });
  }

  /** Takes what the iterator has given. True if the next message can be asked for at once. */
  #take(result: MessageResult): boolean {
    if (this.#state === "ended") return false;
    try {
      const { done, value } = checkResult(result);
      if (!done) return isPromise(value) ? this.#awaitMessage(value) : this.#encode(value);
      this.#sourceClosed();
      this.#sink.step({ completion: NO_MORE });
    } catch (error) {
      this.#fail(error, false);
    }
    return false;
  }

  #awaitMessage(message: PromiseLike<unknown>): false {
    message.then(
      (settled) => this.#state !== "ended" && this.#encode(settled) && this.#goOn(),
      (error) => this.#fail(error, false, true),
    );
    return false;
  }

  #encode(message: unknown): boolean {
    try {
      const payload = this.#codec.encode(message);
      if (!isPromise(payload)) return this.#send(payload);
      payload.then((encoded) => this.#send(encoded) && this.#goOn()).then(
        undefined,
        (error) => this.#fail(error, true),
      );
    } catch (error) {
      this.#fail(error, true);
    }
    return false;
  }

  #send(payload: Uint8Array): boolean {
    if (this.#state === "ended") return false;
    if (this.#allowance > MAX_WINDOW_PAYLOADS) {
      this.#burstBytes += Math.max(MIN_PAYLOAD_BYTES, payload.byteLength);
    }
    this.#allowance -= 1;
    this.#sink.send(payload);
    return true;
  }

  /** An iterator that has thrown is not open any more, and not closed. */
  #fail(error: unknown, isMessage: boolean, isOpen = isMessage): void {
    if (this.#state === "ended") return this.#sink.failedLate?.(error);
    if (isOpen) this.stop();
    else this.#sourceClosed();
    this.#sink.failed(error, isMessage);
  }

  /** The iterator has ended by itself. */
  #sourceClosed(): void {
    this.#state = "ended";
    this.#sink.sourceClosed?.();
  }

  /** Closes an iterator that has not ended. It may be busy, so no one waits for this. */
  async #close(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch (error) {
      this.#sink.failedLate?.(error);
    } finally {
      this.#sink.sourceClosed?.();
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

/** What an iterator has given. Throws a `TypeError` if it is no object, as a loop would. */
export function checkResult(result: MessageResult): MessageResult {
  if (Object(result) === result) return result;
  throw new TypeError(`Cannot read the messages: their iterator gave ${describeValue(result)} instead of an object`);
}

/**
 * Awaits a message that an iterator has given. A synchronous one knows nothing of a promise among its messages that rejects, so
 * it is closed then, as a loop does; what it throws at that does not count.
 */
export async function awaitMessage(message: unknown, close: () => unknown): Promise<unknown> {
  try {
    return await message;
  } catch (error) {
    await Promise.resolve().then(close).catch(() => {});
    throw error;
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in Object(value);
}

/** Whether a value is a synchronous iterable. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return Symbol.iterator in Object(value);
}
