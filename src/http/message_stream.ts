/** Messages as a stream, which fails only when all of them have been read. */
export class MessageStream {
  /** The stream. */
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** A reader waits. */
  #isWanted = false;
  #failure: Error | undefined;
  #isOver = false;

  constructor() {
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#isWanted = true;
        this.#failIfDue();
      },
      cancel: () => {
        this.#isOver = true;
      },
    }, { highWaterMark: 0 });
  }

  /** A message has come. */
  push(bytes: Uint8Array): void {
    if (this.#isOver || this.#failure !== undefined) return;
    this.#isWanted = false;
    this.#controller.enqueue(bytes);
  }

  /** Nothing follows. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#failIfDue();
  }

  #failIfDue(): void {
    if (this.#isOver || !this.#isWanted || this.#failure === undefined) return;
    this.#isOver = true;
    this.#controller.error(this.#failure);
  }
}
