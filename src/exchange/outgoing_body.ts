import type { Side } from "./exchange_operation.ts";
import type { ChunkSink, ChunkSource } from "./outgoing_chunks.ts";

/** What the client and the server do differently with their bodies. */
export interface OutgoingBodyOptions {
  /** Tells at the end whether the body stays open until {@linkcode OutgoingBody.finish}; not so by default. */
  readonly staysOpen?: () => boolean;
  /** Called before a request breaks off, which is the right moment to abort it. */
  readonly breakingOff?: () => void;
}

/** The body of a request or a response, as a stream whose chunks are encoded when they are read. */
export class OutgoingBody implements ChunkSink {
  /** The body. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #side: Side;
  readonly #staysOpen: () => boolean;
  readonly #breakingOff: () => void;
  #source!: ChunkSource;
  #isOver = false;
  /** Whether the stream is being read. */
  #isRead = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(side: Side, { staysOpen = () => false, breakingOff = () => {} }: OutgoingBodyOptions = {}) {
    this.#side = side;
    this.#staysOpen = staysOpen;
    this.#breakingOff = breakingOff;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#isRead = true;
        this.#source.pull();
      },
      cancel: (reason) => {
        this.#isOver = true;
        this.#source.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  open(source: ChunkSource): void {
    this.#source = source;
  }

  chunk(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes);
  }

  end(): void {
    if (!this.#staysOpen()) this.finish();
  }

  /** Ends the body, if that is not done. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.close();
  }

  /**
   * A request breaks off with an error. Over HTTP/2 this is the only way in which Deno's `fetch` tells the server of an
   * abort while the request is open. A response only ends, without an end item (P9.8): `Deno.serve` prints the error of one
   * that breaks off, although it means only that a client has gone.
   *
   * A request is aborted first. Node's `fetch` cancels a body when it is aborted. If the socket and then the body have failed
   * by that time, no code handles the promise that rejects, and the process ends (Node 20).
   *
   * A body that is not read yet only ends, since the request has not been made. Deno and Node cancel the body of a request
   * whose signal has aborted before and drop the promise, and to cancel a stream that has failed rejects.
   */
  cut(reason: Error): void {
    if (this.#side === "service") return this.finish();
    this.#breakingOff();
    if (this.#isRead) this.#controller.error(reason);
    else this.finish();
  }
}
