import type { Side } from "./exchange_operation.ts";

/** The body of a request or a response: what a transport over HTTP sends, as a stream in which one chunk waits at most. */
export class OutgoingBody {
  /** The body. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #side: Side;
  /** Settle what is being sent; anything else they leave as it is. */
  #taken: () => void = () => {};
  #refused: (reason: Error) => void = () => {};
  #isOver = false;
  #isPulled = false;
  #hasSent = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  /** `cancelled` is called when the HTTP layer takes nothing more, and returns the error of what is being sent. */
  constructor(side: Side, cancelled: (reason: unknown) => Error) {
    this.#side = side;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#isPulled = true;
        this.#taken();
      },
      cancel: (reason) => {
        this.#isOver = true;
        this.#refused(cancelled(reason));
      },
    }, { highWaterMark: 0 });
  }

  /** Sends a chunk. Resolves when it is taken and the next one is asked for. */
  send(chunk: Uint8Array): Promise<void> {
    if (this.#isOver) return Promise.reject(new Error("The body is over"));
    this.#hasSent = true;
    const isTaken = new Promise<void>(this.#wait);
    this.#controller.enqueue(chunk);
    return isTaken;
  }

  /** Ends the body after what has been sent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.close();
  }

  /**
   * Ends the body although not everything was sent.
   *
   * A request breaks off with an error. Over HTTP/2 this is the only way in which Deno's `fetch` tells the server of an
   * abort while the request is open. A response only ends, without an end item (P9.8): `Deno.serve` prints the error of one
   * that breaks off, although it means only that a client has gone.
   *
   * A request that is not read yet only ends, since it has not been made. Deno and Node cancel the body of a request whose
   * signal has aborted before and drop the promise, and to cancel a stream that has failed rejects.
   */
  cut(reason: Error): void {
    if (this.#side === "service" || !this.isRead) this.end();
    else if (!this.#isOver) {
      this.#isOver = true;
      this.#controller.error(reason);
    }
    this.#refused(reason);
  }

  /** One function for all chunks: each has a promise, and no more. */
  readonly #wait = (resolve: () => void, reject: (reason: Error) => void): void => {
    this.#taken = resolve;
    this.#refused = reject;
  };

  /** Whether it is being read. The size of the queue is minus the desired size. */
  get isRead(): boolean {
    return this.#isPulled || this.#hasSent && this.#controller.desiredSize === 0;
  }
}
