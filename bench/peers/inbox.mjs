// @ts-check

/**
 * What arrives, as an async iterable. It takes whatever comes: there is no flow control.
 *
 * @template Item
 */
export class Inbox {
  /** @type {Item[]} */
  #items = [];
  #next = 0;
  #hasEnded = false;
  /** @type {unknown} */
  #error;
  /** @type {(() => void) | undefined} */
  #wake;

  /** @param {Item} item */
  push(item) {
    this.#items.push(item);
    this.#continue();
  }

  /** @param {unknown} [error] */
  end(error) {
    this.#hasEnded = true;
    this.#error = error;
    this.#continue();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      while (this.#next < this.#items.length) {
        yield /** @type {Item} */ (this.#items[this.#next++]);
      }
      this.#items = [];
      this.#next = 0;
      if (this.#error !== undefined) throw this.#error;
      if (this.#hasEnded) return;
      await new Promise((/** @type {(value: void) => void} */ resolve) => this.#wake = resolve);
    }
  }

  #continue() {
    this.#wake?.();
    this.#wake = undefined;
  }
}
