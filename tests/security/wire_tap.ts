import { Hono } from "npm:hono@^4";
import { type Implementation, type TicketHandler, ticketHandler, type TicketHandlerOptions } from "../../src/server.ts";

/** Serves without a network, and keeps all that passes between client and server: every byte and every header. */
export class WireTap implements AsyncDisposable {
  /** Headers of each request. */
  readonly requestHeaders: Headers[] = [];
  /** Headers of each response. */
  readonly responseHeaders: Headers[] = [];
  /** What was reported to the server's `onError`. */
  readonly errors: unknown[] = [];
  readonly #chunks: Uint8Array[] = [];
  readonly #handler: TicketHandler;
  readonly #app: Hono;

  constructor(implementation: Implementation, options: TicketHandlerOptions = {}) {
    this.#handler = ticketHandler(implementation, { onError: (error) => void this.errors.push(error), ...options });
    this.#app = new Hono().all("/rpc", this.#handler);
  }

  /** To be called as `fetch`. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requestHeaders.push(new Headers(init.headers));
    const body = init.body instanceof ReadableStream ? this.#tap(init.body) : init.body;
    if (body instanceof Uint8Array) this.#chunks.push(body);
    const response = await this.#app.request(url, { ...init, body: body ?? null });
    this.responseHeaders.push(response.headers);
    return new Response(response.body === null ? null : this.#tap(response.body), response);
  };

  /** All bytes of both directions, as text in which each byte is a character. */
  text(): string {
    return this.#chunks.map((chunk) => new TextDecoder("latin1").decode(chunk)).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handler.stop(0);
  }

  #tap(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return stream.pipeThrough(
      new TransformStream({
        transform: (chunk, controller) => {
          this.#chunks.push(chunk);
          controller.enqueue(chunk);
        },
      }),
    );
  }
}
