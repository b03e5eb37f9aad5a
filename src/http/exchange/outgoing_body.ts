import type { Side } from "./exchange_operation.ts";
import type { ChunkSink, ChunkSource } from "./outgoing_chunks.ts";

/** What the two sides do differently with their bodies. */
export interface OutgoingBodyOptions {
  /** Tells, when all has been taken, whether {@linkcode OutgoingBody.finish} is to be waited for; not so by default. */
  readonly staysOpen?: () => boolean;
  /** Called before a request breaks off: the one moment to abort it. */
  readonly breakingOff?: () => void;
}

/** The body of a request or a response, as a stream that is written when it is read. */
export class OutgoingBody implements ChunkSink {
  /** The body. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #side: Side;
  readonly #staysOpen: () => boolean;
  readonly #breakingOff: () => void;
  #source!: ChunkSource;
  #isOver = false;
  /** Whether somebody has begun to read it. */
  #isRead = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  /** @param side Whose body it is. */
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
   * A request breaks off, which over HTTP/2 is the only way in which Deno's `fetch` tells the server of an abort while the
   * request is open. A response only ends, without an end item (P9.8): `Deno.serve` prints the error of one that breaks
   * off, although it says no more than that a client has gone.
   *
   * A request is aborted first: Node's `fetch` cancels a body when it is aborted, and if the body has broken off by then
   * after the socket has, nobody holds the promise that rejects, and the process dies of it (Node 20).
   *
   * A body that nobody reads yet only ends, since the request is still to be made. Deno and Node cancel the body of a
   * request whose signal has aborted before, drop the promise, and the cancellation of a stream that has failed rejects.
   */
  cut(reason: Error): void {
    if (this.#side === "service") return this.finish();
    this.#breakingOff();
    if (this.#isRead) this.#controller.error(reason);
    else this.finish();
  }
}
