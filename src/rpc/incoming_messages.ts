import { isBytes } from "../links/foreign_value.ts";
import type { AsyncDisposal } from "../async_disposal.ts";
import { Fifo } from "../ends/fifo.ts";
import { isPromise, type MessageCodec } from "./message_codec.ts";
import { ReceiveWindow, type WindowLimits } from "./receive_window.ts";
import { RpcError } from "./rpc_error.ts";

/**
 * Messages as they arrive: what a streaming call returns, and what a handler of a streaming request gets. Leave the stream
 * early, by `break` or `return()`, and no more messages are sent.
 *
 * @typeParam Message The type of the messages.
 */
export interface MessageStream<Message> extends AsyncIterator<Message, undefined, undefined>, AsyncDisposal {
  /** Waits for the next message. Rejects with an {@linkcode RpcError} if the call fails. */
  next(): Promise<IteratorResult<Message, undefined>>;
  /** Leaves the stream. */
  return(): Promise<IteratorResult<Message, undefined>>;
  /** Returns itself: a stream is read once. */
  [Symbol.asyncIterator](): MessageStream<Message>;
}

/** The call that received messages belong to. */
export interface MessageSource {
  /** Lets the peer send more payloads. */
  grant(payloads: number): void;
  /** Payloads have been consumed, or are of no use. */
  consumed(payloads: number): void;
  /** The consumer has left the stream before its end. */
  consumerLeft(): void;
  /** A payload cannot be decoded. The stream is closed. */
  decodingFailed(error: RpcError): void;
}

/** Bytes that are consumed before the source is told, while others wait. */
const CONSUMED_BYTES = 65_536;

type Result = IteratorResult<unknown, undefined>;

/** A consumer's call of `next()` that waits for a message. */
interface Waiter {
  resolve(result: Result | PromiseLike<Result>): void;
  reject(error: unknown): void;
}

/**
 * ```text
 *  open ──finish──▶ finishing ──last message taken──▶ closed
 *   │                  │
 *   ├──────────────────┴── abort(error) ──▶ failed ──error taken──▶ closed
 *   └──────────────────┴── return, decoding failed ───────────────▶ closed
 * ```
 */
type State =
  | { readonly kind: "open" | "closed" }
  | { readonly kind: "finishing"; readonly error: Error | undefined }
  | { readonly kind: "failed"; readonly error: Error };

const OPEN: State = { kind: "open" };
const CLOSED: State = { kind: "closed" };
const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/**
 * The receiving side of a stream. Payloads wait here until the consumer takes them. Then they are decoded, and the sender
 * gets a grant for others (S17).
 */
export class IncomingMessages implements MessageStream<unknown> {
  readonly #codec: MessageCodec;
  readonly #source: MessageSource;
  readonly #window: ReceiveWindow;
  readonly #payloads = new Fifo<unknown>();
  /** The first waiter. Others are rare, so their queue is made when it is needed. */
  #waiter: Waiter | undefined;
  #laterWaiters: Fifo<Waiter> | undefined;
  #state: State = OPEN;
  /** Payloads that have been consumed, and their bytes, since the source was told. */
  #consumed = 0;
  #consumedBytes = 0;

  constructor(codec: MessageCodec, source: MessageSource, limits: WindowLimits) {
    this.#codec = codec;
    this.#source = source;
    this.#window = new ReceiveWindow(limits);
  }

  /** How many payloads to grant at the start, beside the one that needs no grant. May be 0. */
  get initialGrant(): number {
    return this.#window.initialGrant;
  }

  /** Adds a payload that has arrived. */
  push(payload: unknown): void {
    if (this.#state.kind !== "open") return this.#source.consumed(1);
    this.#window.receive(isBytes(payload) ? payload.byteLength : 0);
    const waiter = this.#takeWaiter();
    if (waiter === undefined) this.#payloads.push(payload);
    else this.#deliver(waiter, payload);
  }

  /** Ends the stream after the payloads that wait here, with an error if there is one. */
  finish(error?: Error): void {
    if (this.#state.kind !== "open") return;
    this.#state = { kind: "finishing", error };
    if (this.#payloads.length === 0) this.#end(error);
  }

  /** Ends the stream with an error, and discards the payloads that wait here (S22). */
  abort(error: Error): void {
    if (this.#state.kind === "open" || this.#state.kind === "finishing") this.#end(error);
  }

  /** Ends the stream without an error, and discards the payloads that wait here. */
  close(): void {
    this.#end(undefined);
  }

  next(): Promise<Result> {
    if (this.#payloads.length > 0) return this.#take();
    const state = this.#state;
    if (state.kind === "open") return new Promise((resolve, reject) => this.#addWaiter({ resolve, reject }));
    this.#state = CLOSED;
    return state.kind === "failed" ? Promise.reject(state.error) : Promise.resolve(DONE);
  }

  return(): Promise<Result> {
    const isEarly = this.#state.kind === "open" || this.#state.kind === "finishing";
    this.close();
    if (isEarly) this.#source.consumerLeft();
    return Promise.resolve(DONE);
  }

  async throw(error: unknown): Promise<Result> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #addWaiter(waiter: Waiter): void {
    if (this.#waiter === undefined) this.#waiter = waiter;
    else (this.#laterWaiters ??= new Fifo()).push(waiter);
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    if (waiter !== undefined) this.#waiter = this.#laterWaiters?.shift();
    return waiter;
  }

  #take(): Promise<Result> {
    const result = this.#read(this.#payloads.shift());
    if (this.#state.kind === "finishing" && this.#payloads.length === 0) this.#end(this.#state.error);
    return result;
  }

  #deliver(waiter: Waiter, payload: unknown): void {
    try {
      const message = this.#decode(payload);
      waiter.resolve(isPromise(message) ? this.#awaitMessage(message) : { done: false, value: message });
    } catch (error) {
      waiter.reject(error);
    }
  }

  #read(payload: unknown): Promise<Result> {
    try {
      const message = this.#decode(payload);
      return isPromise(message) ? this.#awaitMessage(message) : Promise.resolve({ done: false, value: message });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Grants another payload, if it is time, and decodes this one. */
  #decode(payload: unknown): unknown {
    this.#noteConsumed(payload);
    const grant = this.#window.consume();
    if (grant > 0 && this.#state.kind === "open") this.#source.grant(grant);
    try {
      return this.#codec.decode(payload);
    } catch (error) {
      throw this.#decodingFailed(error);
    }
  }

  /** Says so when nothing waits, or when it is enough: it costs a little each time. */
  #noteConsumed(payload: unknown): void {
    this.#consumed += 1;
    this.#consumedBytes += isBytes(payload) ? payload.byteLength : 0;
    if (this.#payloads.length === 0 || this.#consumedBytes >= CONSUMED_BYTES) this.#sayConsumed(this.#consumed);
  }

  #sayConsumed(payloads: number): void {
    if (payloads === 0) return;
    this.#consumed = 0;
    this.#consumedBytes = 0;
    this.#source.consumed(payloads);
  }

  async #awaitMessage(message: PromiseLike<unknown>): Promise<Result> {
    try {
      return { done: false, value: await message };
    } catch (error) {
      throw this.#decodingFailed(error);
    }
  }

  #decodingFailed(cause: unknown): RpcError {
    const error = RpcError.from(cause);
    this.close();
    this.#source.decodingFailed(error);
    return error;
  }

  /** The first waiter gets the error. If there is none, the next call of `next()` gets it. */
  #end(error: Error | undefined): void {
    this.#sayConsumed(this.#consumed + this.#payloads.length);
    this.#payloads.clear();
    const first = this.#takeWaiter();
    this.#state = error === undefined || first !== undefined ? CLOSED : { kind: "failed", error };
    if (error === undefined) first?.resolve(DONE);
    else first?.reject(error);
    for (let waiter = this.#takeWaiter(); waiter !== undefined; waiter = this.#takeWaiter()) waiter.resolve(DONE);
  }
}
