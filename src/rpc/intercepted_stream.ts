import { Code } from "../links/mod.ts";
import type { CallAbort } from "./call_bounds.ts";
import type { MessageStream } from "./incoming_messages.ts";
import type { InterceptedResponse } from "./interceptor.ts";
import { localFailure } from "./local_failure.ts";
import { iteratorOf, type MessageIterator } from "./outgoing_messages.ts";

type Result = IteratorResult<unknown, undefined>;

const DONE: Result = Object.freeze({ done: true, value: undefined });

/** The stream of responses that interceptors bring back, which may be made by them. */
export class InterceptedStream implements MessageStream<unknown> {
  readonly #iterator: Promise<MessageIterator>;
  readonly #abort: CallAbort;
  readonly #path: string;
  #over = false;

  /**
   * @param response What the interceptors bring back.
   * @param abort What cancels the call.
   * @param path The method, as `service/method`.
   */
  constructor(response: Promise<InterceptedResponse>, abort: CallAbort, path: string) {
    this.#abort = abort;
    this.#path = path;
    this.#iterator = response.then((settled) => {
      if (settled.stream) return iteratorOf(settled.messages, path);
      throw localFailure(Code.INTERNAL, `An interceptor answered ${path} with a single response`);
    });
    // Who asks for a message learns of a failure; if nobody does, nobody wants to know.
    this.#iterator.catch(() => {});
  }

  async next(): Promise<Result> {
    if (this.#over) return DONE;
    try {
      const result = await (await this.#iterator).next();
      if (!result.done) return { done: false, value: result.value };
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return DONE;
  }

  async return(): Promise<Result> {
    if (this.#over) return DONE;
    this.#end();
    // An interceptor's generator that has not begun passes no `return` on to the call; the signal always reaches it.
    this.#abort.abort(localFailure(Code.CANCELLED, `Call ${this.#path} was cancelled: its consumer left`));
    const iterator = await this.#iterator.catch(() => undefined); // a call that failed has nothing to be closed
    await iterator?.return?.();
    return DONE;
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

  #end(): void {
    this.#over = true;
    this.#abort.release();
  }
}
