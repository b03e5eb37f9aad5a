import type { ChunkSupply } from "../exchange/incoming_chunks.ts";

/** What comes, as a stream in which nothing waits: its supply is paused until somebody reads. */
export class MessageStream {
  /** The stream. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #supply: ChunkSupply;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOver = false;

  /** @param supply What brings the bytes, for {@linkcode push}, and then the failure, for {@linkcode fail}. */
  constructor(supply: ChunkSupply) {
    this.#supply = supply;
    supply.pause();
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => supply.resume(),
      cancel: (reason) => {
        this.#isOver = true;
        supply.stop(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** Bytes have come. */
  push(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#supply.pause();
    this.#controller.enqueue(bytes);
  }

  /** Nothing follows. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.error(error);
  }
}
