import { isBytes } from "../links/foreign_value.ts";
import type { AsyncDisposal } from "../async_disposal.ts";
import { Fifo } from "../ends/fifo.ts";
import { isPromise, type MessageCodec } from "./message_codec.ts";
import { ReceiveWindow, type WindowLimits } from "./receive_window.ts";
import { RpcError } from "./rpc_error.ts";

/**
 * Messages as they come: what a streaming call returns, and what a handler of a streaming request is given. Leaving it
 * early, by `break` or `return()`, says that no more is wanted.
 *
 * @typeParam Message The messages.
 */
export interface MessageStream<Message> extends AsyncIterator<Message, undefined, undefined>, AsyncDisposal {
  /** The next message; waits for one. Rejects with an {@linkcode RpcError} if the call fails. */
  next(): Promise<IteratorResult<Message, undefined>>;
  /** Leaves the stream. */
  return(): Promise<IteratorResult<Message, undefined>>;
  /** Returns itself: a stream is read once. */
  [Symbol.asyncIterator](): MessageStream<Message>;
}

/** The call that a stream of messages belongs to. */
export interface MessageSource {
  /** Lets the peer send more payloads. */
  grant(payloads: number): void;
  /** Called when the consumer leaves before the end. */
  left(): void;
  /** Called when a message cannot be read. */
  unreadable(error: RpcError): void;
}

type Result = IteratorResult<unknown, undefined>;

/** A consumer that waits for its next message. */
interface Waiter {
  resolve(result: Result | PromiseLike<Result>): void;
  reject(error: unknown): void;
}

/**
 * ```text
 *  open ──finish──▶ finishing ──last message taken──▶ closed
 *   │                  │
 *   ├──────────────────┴── abort(error) ──▶ failed ──error taken──▶ closed
 *   └──────────────────┴── return, unreadable message ────────────▶ closed
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
 * The receiving side of a stream: payloads wait here as they came, become messages when the consumer takes them, and are
 * granted anew as it does (S17).
 */
export class IncomingMessages implements MessageStream<unknown> {
  readonly #codec: MessageCodec;
  readonly #source: MessageSource;
  readonly #window: ReceiveWindow;
  readonly #payloads = new Fifo<unknown>();
  /** Who waits first; hardly anyone waits for two messages at once. */
  #waiter: Waiter | undefined;
  #laterWaiters: Fifo<Waiter> | undefined;
  #state: State = OPEN;

  /**
   * @param codec Reads the messages.
   * @param source The call.
   * @param limits What the window is held to.
   */
  constructor(codec: MessageCodec, source: MessageSource, limits: WindowLimits) {
    this.#codec = codec;
    this.#source = source;
    this.#window = new ReceiveWindow(limits);
  }

  /** What is granted at the start, beyond the one payload that needs no grant; may be 0. */
  get initialGrant(): number {
    return this.#window.initialGrant;
  }

  /** Takes a payload that has arrived. */
  push(payload: unknown): void {
    if (this.#state.kind !== "open") return;
    this.#window.receive(isBytes(payload) ? payload.byteLength : 0);
    const waiter = this.#takeWaiter();
    if (waiter === undefined) this.#payloads.push(payload);
    else this.#settle(waiter, payload);
  }

  /** Says that no payload follows. What waits is still delivered, then the error if there is one. */
  finish(error?: Error): void {
    if (this.#state.kind !== "open") return;
    this.#state = { kind: "finishing", error };
    if (this.#payloads.length === 0) this.#end(error);
  }

  /** Ends the stream at once; what waits is discarded (S22). */
  abort(error: Error): void {
    if (this.#state.kind === "open" || this.#state.kind === "finishing") this.#end(error);
  }

  /** Ends the stream at once, as if there were no more. */
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
    const unread = this.#state.kind === "open" || this.#state.kind === "finishing";
    this.close();
    if (unread) this.#source.left();
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

  #settle(waiter: Waiter, payload: unknown): void {
    try {
      const message = this.#decode(payload);
      waiter.resolve(isPromise(message) ? this.#later(message) : { done: false, value: message });
    } catch (error) {
      waiter.reject(error);
    }
  }

  #read(payload: unknown): Promise<Result> {
    try {
      const message = this.#decode(payload);
      return isPromise(message) ? this.#later(message) : Promise.resolve({ done: false, value: message });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The consumer takes a payload: it makes room for others, and becomes a message. */
  #decode(payload: unknown): unknown {
    const grant = this.#window.consume();
    if (grant > 0 && this.#state.kind === "open") this.#source.grant(grant);
    try {
      return this.#codec.decode(payload);
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  async #later(message: PromiseLike<unknown>): Promise<Result> {
    try {
      return { done: false, value: await message };
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #unreadable(cause: unknown): RpcError {
    const error = RpcError.from(cause);
    this.close();
    this.#source.unreadable(error);
    return error;
  }

  /** Nothing more comes. The first who waits learns of the error; if none does, the next who asks. */
  #end(error: Error | undefined): void {
    this.#payloads.clear();
    const first = this.#takeWaiter();
    this.#state = error === undefined || first !== undefined ? CLOSED : { kind: "failed", error };
    if (error === undefined) first?.resolve(DONE);
    else first?.reject(error);
    for (let waiter = this.#takeWaiter(); waiter !== undefined; waiter = this.#takeWaiter()) waiter.resolve(DONE);
  }
}
