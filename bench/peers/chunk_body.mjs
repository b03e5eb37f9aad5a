// @ts-check

/** A body to write to: what is written leaves as one chunk. */
export class ChunkBody {
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
  #controller;
  /** @type {(() => void) | undefined} */
  #wake;
  #isOver = false;
  /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */
  stream = new ReadableStream({
    start: (controller) => void (this.#controller = controller),
    pull: () => this.#continue(),
    cancel: () => {
      this.#isOver = true;
      this.#continue();
    },
  }, { highWaterMark: 16 });

  get isFull() {
    return !this.#isOver && (this.#controller?.desiredSize ?? 1) <= 0;
  }

  /** @param {Uint8Array} chunk */
  write(chunk) {
    if (!this.#isOver) this.#controller?.enqueue(chunk);
  }

  /** @returns {Promise<void>} Resolves when there is room. */
  async drained() {
    while (this.isFull) {
      await new Promise((/** @type {(value: void) => void} */ resolve) => this.#wake = resolve);
    }
  }

  end() {
    if (!this.#isOver) this.#controller?.close();
    this.#isOver = true;
  }

  #continue() {
    this.#wake?.();
    this.#wake = undefined;
  }
}
