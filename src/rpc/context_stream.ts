import { keepContext } from "../keep_context.ts";
import { BaseMessageStream, DONE, type ReadResult } from "./incoming_messages.ts";
import { awaitMessage, checkResult, iteratorOf, type MessageIterator, type Messages } from "./outgoing_messages.ts";

/**
 * Messages whose iterator takes each step in the asynchronous context of this call. An interceptor runs `next()` within
 * `AsyncLocalStorage.run()`, and the generator that a handler returns takes its first step when that is over.
 *
 * Throws a `TypeError`, which names the method, if they are not iterable.
 */
export function inThisContext(messages: unknown, path: string): Messages<unknown> {
  // Nothing of the application runs while an array is read.
  return Array.isArray(messages) ? messages : new ContextStream(iteratorOf(messages, path));
}

class ContextStream extends BaseMessageStream {
  readonly #iterator: MessageIterator;
  readonly #inContext = keepContext();
  /** The step that was begun last. */
  #step: Promise<unknown> = Promise.resolve();

  constructor(iterator: MessageIterator) {
    super();
    this.#iterator = iterator;
  }

  async next(): Promise<ReadResult> {
    if (this.isOver) return DONE;
    const { done, value } = await this.#ask();
    if (done) {
      this.isOver = true;
      return DONE;
    }
    return { done: false, value: await awaitMessage(value, () => this.return()) };
  }

  protected async leave(): Promise<void> {
    // In a generator that is busy it waits all the same, and then Deno 2.9 runs the rest without the context.
    if (isAsyncGenerator(this.#iterator)) await this.#step.catch(() => "whoever has asked for it gets the error");
    await this.#take(() => this.#iterator.return?.());
  }

  async #ask(): Promise<IteratorResult<unknown>> {
    try {
      return checkResult(await this.#take(() => this.#iterator.next()));
    } catch (error) {
      this.isOver = true;
      throw error;
    }
  }

  #take<Result>(step: () => Result | PromiseLike<Result>): Promise<Result> {
    // What the step throws, too, is to reject the promise.
    const taken = new Promise<Result>((resolve) => this.#inContext(() => resolve((async () => await step())())));
    this.#step = taken;
    return taken;
  }
}

function isAsyncGenerator(iterator: unknown): boolean {
  return Object.prototype.toString.call(iterator) === "[object AsyncGenerator]";
}
