import { type ByteResult, type ByteSource, plainBytes } from "../exchange/incoming_body.ts";

/** A method of an object of which nothing is known. */
type Method = (...args: unknown[]) => unknown;

/**
 * The body of a response, whichever class that is of: what it gives is checked, what it throws becomes a rejection, and
 * what it does not have is not missed.
 */
export class ForeignBody implements ByteSource {
  readonly #next: () => unknown;
  readonly #leave: (reason: unknown) => unknown;
  readonly #release: () => unknown;

  private constructor(
    next: () => unknown,
    leave: (reason: unknown) => unknown = () => {},
    release: () => unknown = () => {},
  ) {
    this.#next = next;
    this.#leave = leave;
    this.#release = release;
  }

  /**
   * Begins to read a response's body.
   *
   * @param response The response.
   * @returns The body; `undefined` if the response has none.
   * @throws {TypeError} If it has one that cannot be read. Whatever the response itself throws is thrown, too.
   */
  static of(response: object): ForeignBody | undefined {
    const body = "body" in response ? response.body : undefined;
    if (body === null) return undefined;
    if ("bodyUsed" in response && response.bodyUsed === true) throw new TypeError("its body has been read already");
    const getReader = methodOf(body, "getReader");
    if (getReader !== undefined) return this.#ofStream(body, getReader);
    const iterate = methodOf(body, Symbol.asyncIterator);
    if (iterate !== undefined) return this.#ofIterable(body, iterate());
    const arrayBuffer = methodOf(response, "arrayBuffer");
    if (arrayBuffer !== undefined) return this.#ofBuffer(arrayBuffer);
    throw new TypeError("it has no body that can be read: no stream, no async iterable, no arrayBuffer()");
  }

  read(): Promise<ByteResult> {
    return new Promise((resolve) => resolve(this.#next())).then(checkedResult);
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#leave(reason);
  }

  releaseLock(): void {
    try {
      this.#release();
    } catch {
      // Nobody reads it any more, and nobody else is to.
    }
  }

  static #ofStream(stream: unknown, getReader: Method): ForeignBody {
    if (isLocked(stream)) throw new TypeError("its body is locked by another reader");
    const reader = getReader();
    const read = methodOf(reader, "read");
    if (read === undefined) throw new TypeError("the reader of its body does not read");
    return new ForeignBody(
      () => read(),
      (reason) => methodOf(reader, "cancel")?.(reason),
      () => methodOf(reader, "releaseLock")?.(),
    );
  }

  /** Above all a stream of Node, which ends the process if it fails while nobody listens, and waits if it is left. */
  static #ofIterable(iterable: unknown, iterator: unknown): ForeignBody {
    const next = methodOf(iterator, "next");
    if (next === undefined) throw new TypeError("the iterator of its body does not iterate");
    methodOf(iterable, "on")?.("error", () => "whoever reads learns of it");
    return new ForeignBody(() => next(), () => {
      methodOf(iterable, "destroy")?.();
      return methodOf(iterator, "return")?.();
    });
  }

  /** Where a response can only be had as a whole. */
  static #ofBuffer(arrayBuffer: Method): ForeignBody {
    let isRead = false;
    return new ForeignBody(async () => {
      if (isRead) return { done: true };
      isRead = true;
      return { done: false, value: await arrayBuffer() };
    });
  }
}

function checkedResult(result: unknown): ByteResult {
  if (typeof result !== "object" || result === null) throw new TypeError(`expected a chunk, got ${typeof result}`);
  if ("done" in result && result.done) return { done: true };
  const value = "value" in result ? result.value : undefined;
  const bytes = plainBytes(value);
  if (bytes === undefined) throw new TypeError(`expected a chunk of bytes, got a value of type ${typeof value}`);
  return { done: false, value: bytes };
}

function isLocked(stream: unknown): boolean {
  return typeof stream === "object" && stream !== null && "locked" in stream && stream.locked === true;
}

/** A method of an object, bound to it; `undefined` if there is none. */
function methodOf(object: unknown, name: string | symbol): Method | undefined {
  if (typeof object !== "object" || object === null) return undefined;
  const method: unknown = Reflect.get(object, name);
  return typeof method === "function" ? (...args) => Reflect.apply(method, object, args) : undefined;
}
