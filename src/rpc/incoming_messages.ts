import { ASYNC_DISPOSE } from "../dispose_symbol.ts";
import { isBytes } from "../links/foreign_value.ts";
import type { AsyncDisposal } from "../async_disposal.ts";
import { Fifo } from "../links/fifo.ts";
import type { Step } from "../ends/types.ts";
import { isPromise, type MessageCodec } from "./message_codec.ts";
import { ReceiveWindow, type WindowLimits } from "./receive_window.ts";
import { rejection } from "./rejection.ts";

/**
 * Messages as they arrive: what a streaming call returns, and what a handler of a streaming request gets. Leave the stream
 * early, by `break` or `return()`, and no more messages are sent.
 *
 * @typeParam Message The type of the messages.
 */
export interface MessageStream<Message> extends AsyncIterator<Message, undefined, undefined>, AsyncDisposal {
  /** Waits for the next message. Rejects with an {@linkcode RpcError} if the call fails. */
  next(): Promise<IteratorResult<Message, undefined>>;
  /** Leaves the stream. Gives the value that it is called with, as generators do. */
  return(value?: undefined | PromiseLike<undefined>): Promise<IteratorResult<Message, undefined>>;
  /** Returns itself: a stream is read once. Throws a `TypeError` when it has been read to its end, or been left. */
  [Symbol.asyncIterator](): MessageStream<Message>;
}

/** What a read of a stream gives. */
export type ReadResult = IteratorResult<unknown, undefined>;

/** What a read of a stream gives after its end. */
export const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** What all streams do in the same way. */
export abstract class BaseMessageStream implements MessageStream<unknown> {
  /** Whether the consumer has been told of the end, or has left. */
  protected isOver = false;

  abstract next(): Promise<ReadResult>;

  /** Lets go of what the stream holds: its consumer has left before it knew of the end. */
  protected abstract leave(): Promise<void> | void;

  async return(value?: undefined | PromiseLike<undefined>): Promise<ReadResult> {
    if (!this.isOver) {
      this.isOver = true;
      await this.leave();
    }
    return { done: true, value: await value };
  }

  async throw(error: unknown): Promise<ReadResult> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    // A second loop would look like one over a stream without messages.
    if (this.isOver) throw new TypeError("Cannot read the messages again: a stream is read once");
    return this;
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.return();
  }
}

/** The call that received messages belong to. */
export interface MessageSource {
  /** The consumer waits for a payload. */
  awaited?(): void;
  /** Sends a step: a grant. */
  step(step: Step): void;
  /** Payloads have been consumed, or are of no use. */
  consumed(payloads: number): void;
  /** A payload cannot be decoded. The stream is closed. */
  decodingFailed(error: unknown): void;
  /** The consumer has left the stream before its end. */
  left?(): void;
}

/** Resolves a promise of {@linkcode MessageStream.next}. */
type Waiter = (result: ReadResult | Promise<ReadResult>) => void;

/** Bytes that are consumed before the source is told, while others wait. */
const CONSUMED_BYTES = 65_536;

/**
 * The receiving side of a stream. Payloads wait here until the consumer takes them. Then they are decoded, and the sender
 * gets a grant for others (S17).
 *
 * ```text
 *  open ──end──▶ ended, payloads wait ──last one taken──▶ ended
 *   │                    │                                  ▲
 *   └────────────────────┴── end(discard), return, decoding failed
 * ```
 *
 * A stream that has ended with an error keeps it until it has been read, once.
 */
export class IncomingMessages extends BaseMessageStream {
  readonly #codec: MessageCodec;
  readonly #source: MessageSource;
  readonly #window: ReceiveWindow;
  readonly #payloads = new Fifo<unknown>();
  /** The first reader that waits for a payload. Others are rare, so their queue is made when it is needed. */
  #waiter: Waiter | undefined;
  #laterWaiters: Fifo<Waiter> | undefined;
  #isOpen = true;
  /** What the next read after the last payload gets. */
  #error: Error | undefined;
  /** Payloads that have been consumed, and their bytes, since the source was told. */
  #consumed = 0;
  #consumedBytes = 0;

  constructor(codec: MessageCodec, source: MessageSource, limits: WindowLimits) {
    super();
    this.#codec = codec;
    this.#source = source;
    this.#window = new ReceiveWindow(limits);
  }

  /** Adds a payload that has arrived. */
  push(payload: unknown): void {
    if (!this.#isOpen) return this.#source.consumed(1);
    this.#window.receive(sizeOf(payload));
    const waiter = this.#takeWaiter();
    if (waiter === undefined) this.#payloads.push(payload);
    else waiter(this.#read(payload));
  }

  /**
   * Ends the stream after the payloads that wait here, with an error if there is one. `discard` drops these payloads (S22),
   * also those of a stream that has ended without it. The first reader, now or later, gets the error.
   */
  end(error: Error | undefined, discard: boolean): void {
    if (!this.#isOpen && (!discard || this.#payloads.length === 0)) return;
    this.#isOpen = false;
    this.#error = error;
    if (discard) {
      this.#consumed += this.#payloads.length;
      this.#payloads.clear();
      this.#sayConsumed();
    }
    while (this.#waiter !== undefined) this.#takeWaiter()?.(this.next());
  }

  /** Ends the stream without an error, and discards the payloads that wait here. */
  close(): void {
    this.end(undefined, true);
    this.#error = undefined;
  }

  next(): Promise<ReadResult> {
    if (this.#payloads.length > 0) return Promise.resolve(this.#read(this.#payloads.shift()));
    if (this.#isOpen) return this.#wait();
    this.isOver = true;
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(DONE) : rejection(error);
  }

  protected leave(): void {
    const isEarly = this.#isOpen || this.#payloads.length > 0;
    this.close();
    if (isEarly) this.#source.left?.();
  }

  #wait(): Promise<ReadResult> {
    const result = new Promise<ReadResult>((resolve) => this.#addWaiter(resolve));
    this.#source.awaited?.();
    return result;
  }

  #addWaiter(waiter: Waiter): void {
    if (this.#waiter === undefined) this.#waiter = waiter;
    else (this.#laterWaiters ??= new Fifo()).push(waiter);
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = this.#laterWaiters?.shift();
    return waiter;
  }

  /** Grants another payload, if it is time, and decodes this one. */
  #read(payload: unknown): ReadResult | Promise<ReadResult> {
    this.#consumed += 1;
    this.#consumedBytes += sizeOf(payload);
    // Not each time while others wait, as it costs a little.
    if (this.#payloads.length === 0 || this.#consumedBytes >= CONSUMED_BYTES) this.#sayConsumed();
    const grant = this.#window.consume();
    if (grant > 0 && this.#isOpen) this.#source.step({ allowance: grant });
    try {
      const message = this.#codec.decode(payload);
      return isPromise(message) ? this.#settle(message) : { done: false, value: message };
    } catch (error) {
      return this.#fail(error);
    }
  }

  #settle(message: PromiseLike<unknown>): Promise<ReadResult> {
    return Promise.resolve(message).then((value) => ({ done: false, value }), (error) => this.#fail(error));
  }

  /** A payload cannot be decoded. */
  #fail(error: unknown): Promise<never> {
    this.isOver = true;
    this.close();
    this.#source.decodingFailed(error);
    return rejection(error);
  }

  #sayConsumed(): void {
    if (this.#consumed > 0) this.#source.consumed(this.#consumed);
    this.#consumed = this.#consumedBytes = 0;
  }
}

function sizeOf(payload: unknown): number {
  return isBytes(payload) ? payload.byteLength : 0;
}
