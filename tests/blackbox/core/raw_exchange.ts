import { assert } from "@std/assert";
import { within } from "./site.ts";
import { END, FIELD, FrameInput, hello, type KIND, type SeenFrame } from "./frames.ts";

const MEDIA_TYPE = "application/vnd.ticketlink+cbor-seq";

/** `duplex` is not in every runtime's types yet. */
interface StreamingRequestInit extends RequestInit {
  readonly duplex: "half";
}

/** The platform's `fetch`, or `app.request` of a Hono app. */
type Fetch = (url: string, init: RequestInit) => Response | Promise<Response>;

/** How a {@linkcode RawExchange} gets where it goes. */
export interface RawExchangeOptions {
  readonly fetch?: Fetch;
  readonly headers?: HeadersInit;
  /** Whether it reads what comes. */
  readonly reads?: boolean;
}

/** A client that says what it likes, frame by frame, over any `fetch`: one exchange. */
export class RawExchange implements AsyncDisposable {
  /** What has come so far. */
  readonly seen: SeenFrame[] = [];
  /** Whether the server's direction is over, in whatever way. */
  isOver = false;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #abort = new AbortController();
  readonly #reading: Promise<void>;
  readonly #reads: boolean;
  #changed: () => void = () => {};

  private constructor(url: string, { fetch = globalThis.fetch, headers = {}, reads = true }: RawExchangeOptions) {
    this.#reads = reads;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#writer = writable.getWriter();
    // How it ends shows where it is written to.
    this.#writer.closed.catch(() => {});
    const init: StreamingRequestInit = {
      method: "POST",
      headers: { "content-type": MEDIA_TYPE, ...Object.fromEntries(new Headers(headers)) },
      body: readable,
      duplex: "half",
      signal: this.#abort.signal,
    };
    this.#reading = this.#read(fetch, url, init);
  }

  /** Opens an exchange and says hello. */
  static async open(
    url: string,
    options: RawExchangeOptions & { readonly kind?: keyof typeof KIND } = {},
  ): Promise<RawExchange> {
    const exchange = new RawExchange(url, options);
    await exchange.send(hello(options.kind ?? "duplex"));
    return exchange;
  }

  /** Sends bytes; resolves when they are taken, and tells whether they were. */
  async send(bytes: Uint8Array): Promise<boolean> {
    return await this.#writer.write(bytes).then(() => true, () => false);
  }

  /** Ends the request in good order, as *single* needs it. */
  async finish(): Promise<void> {
    await this.send(END);
    await this.#writer.close();
  }

  /** The tickets of an operation that have come. */
  ticketsOf(operation: number): SeenFrame[] {
    return this.seen.filter(({ type }) => type === operation);
  }

  /** How an operation has ended, as its ticket says; `undefined` as long as it has not. */
  endingOf(operation: number): { readonly termination: unknown; readonly code: unknown } | undefined {
    const last = this.ticketsOf(operation).find(({ fields }) => fields.has(FIELD.end));
    return last && { termination: last.fields.get(FIELD.end), code: last.fields.get(FIELD.code) };
  }

  /** Waits until something holds of what has come. */
  async until(holds: () => boolean, what: string, limitMs = 2_000): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#changed();
    }, limitMs);
    while (!holds() && !isLate) await new Promise<void>((resolve) => this.#changed = resolve);
    clearTimeout(timer);
    assert(!isLate, `Not within ${limitMs} ms: ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    // A write that nobody takes any more holds it up, as the standard wants it.
    await within(500, this.#writer.abort().catch(() => "the request has failed already"));
    await this.#reading;
  }

  async #read(fetch: Fetch, url: string, init: RequestInit): Promise<void> {
    const input = new FrameInput();
    try {
      const response = await fetch(url, init);
      if (!response.ok) await this.#writer.abort().catch(() => "the request has failed already");
      if (!this.#reads) await new Promise((resolve) => this.#abort.signal.addEventListener("abort", resolve));
      for await (const chunk of response.body ?? []) {
        this.seen.push(...input.push(chunk));
        this.#changed();
      }
    } catch (error) {
      // Cut by the server, or by this side: `isOver` tells.
      if (error instanceof TypeError || error instanceof DOMException) return;
      throw error;
    } finally {
      this.isOver = true;
      this.#changed();
    }
  }
}
