import { textOf } from "../../links/thrown.ts";
import { isBrowser } from "./repetition.ts";
import { type ByteResult, type ByteSource, plainBytes } from "../../exchange/incoming_body.ts";

/**
 * What a `fetch` has returned, as far as it matters. It may be of any class: `@hono/node-server` replaces the global
 * `Response`, and `undici`, `node-fetch`, miniflare and happy-dom have their own.
 */
export interface FetchedResponse {
  /** The status; 0 for a redirect that a browser does not show. */
  readonly status: number;
  /** Of the response's own class. */
  readonly headers: Headers;
  /** The body, to be read or cancelled; `undefined` if there is none. */
  readonly body: ByteSource | undefined;
  /** Whether the first chunk of the body is all of it. */
  readonly isWhole: boolean;
  /** Why there is none, unless it is empty. */
  readonly bodyProblem?: string;
  /** Whether it is a redirect, which is not followed. */
  readonly isRedirect: boolean;
}

/** Bytes of a short response: an answer that servers of this library give as a whole, and what goes with it. */
const SHORT_BYTES = 131_072;

/** The redirects of the Fetch Standard, §2.2.3. */
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Reads what a `fetch` has returned: a response, or else a text that says what is missing. Never throws. */
export function readFetched(value: unknown): FetchedResponse | string {
  try {
    if (value === null) return "it is null";
    if (typeof value !== "object") return `it is a value of type ${typeof value}`;
    const status = "status" in value ? value.status : undefined;
    if (typeof status !== "number") return "it has no status";
    const headers = "headers" in value ? value.headers : undefined;
    if (!isHeaders(headers)) return "it has no headers with a method get";
    const isRedirect = REDIRECT_STATUSES.includes(status) || "type" in value && value.type === "opaqueredirect";
    return { status, headers, isRedirect, ...readBody(value) };
  } catch (error) {
    return `it cannot be looked at: ${textOf(error)}`;
  }
}

/** As far as this library and `onHttpResponse` go, whatever has headers by their names is `Headers`. */
function isHeaders(value: unknown): value is Headers {
  return typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";
}

function readBody(response: object): Pick<FetchedResponse, "body" | "isWhole" | "bodyProblem"> {
  try {
    const body = ForeignBody.of(response);
    return { body, isWhole: body?.isWhole === true };
  } catch (error) {
    return { body: undefined, isWhole: false, bodyProblem: textOf(error) };
  }
}

/** Reads a header; `null` if there is none, or if the class of the headers throws. */
export function headerOf({ headers }: FetchedResponse, name: string): string | null {
  try {
    const value: unknown = headers.get(name);
    return typeof value === "string" ? value : null;
  } catch {
    // A header that cannot be read counts as missing: the answer is no exchange then, and the call fails.
    return null;
  }
}

/** A method of an object of which nothing is known. */
type Method = (...args: unknown[]) => unknown;

/**
 * The body of a response, whichever class that is of: what it gives is checked, what it throws becomes a rejection, and
 * what it does not have is not missed.
 */
class ForeignBody implements ByteSource {
  /** Whether the first chunk is all of it. */
  readonly isWhole: boolean;
  readonly #next: () => unknown;
  readonly #leave: (reason: unknown) => unknown;
  readonly #release: () => unknown;

  private constructor(
    next: () => unknown,
    leave: (reason: unknown) => unknown = () => {},
    release: () => unknown = () => {},
    isWhole = false,
  ) {
    this.isWhole = isWhole;
    this.#next = next;
    this.#leave = leave;
    this.#release = release;
  }

  /**
   * Begins to read a response's body; `undefined` if it has none.
   *
   * @throws {TypeError} If it has one that cannot be read. Whatever the response itself throws is thrown, too.
   */
  static of(response: object): ForeignBody | undefined {
    const body = "body" in response ? response.body : undefined;
    if (body === null) return undefined;
    if ("bodyUsed" in response && response.bodyUsed === true) throw new TypeError("its body has been read already");
    const readAll = isShort(response) ? methodOf(response, "arrayBuffer") : undefined;
    if (readAll !== undefined) return this.#ofBuffer(readAll);
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
      // It is not read any more, by this reader or another.
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

  /** Such as a stream of Node, which ends the process if it fails without a listener, and stays open if it is left. */
  static #ofIterable(iterable: unknown, iterator: unknown): ForeignBody {
    const next = methodOf(iterator, "next");
    if (next === undefined) throw new TypeError("the iterator of its body does not iterate");
    methodOf(iterable, "on")?.("error", () => "the reader gets the error");
    return new ForeignBody(() => next(), () => {
      methodOf(iterable, "destroy")?.();
      return methodOf(iterator, "return")?.();
    });
  }

  /** A response that is short, or can only be had as a whole. */
  static #ofBuffer(arrayBuffer: Method): ForeignBody {
    let isRead = false;
    const next = async () => {
      if (isRead) return { done: true };
      isRead = true;
      return { done: false, value: await arrayBuffer() };
    };
    // What is left unread would keep its connection.
    return new ForeignBody(next, next, undefined, true);
  }
}

/**
 * Whether a response says that it is short, so that it is read as a whole: on Deno 2.9 the reader of a stream makes a request
 * twice as expensive. What is compressed may become long. Browsers do not show other origins' encodings.
 */
function isShort(response: object): boolean {
  if (isBrowser(globalThis)) return false;
  const headers = "headers" in response && isHeaders(response.headers) ? response.headers : undefined;
  const length = headers?.get("content-length");
  return typeof length === "string" && Number(length) <= SHORT_BYTES && headers?.get("content-encoding") === null;
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
