/** The receiving direction of a transport, played by a test: chunks, the end (`undefined`) and errors. */
export class ScriptedChunks {
  readonly #items: (Uint8Array | Error | undefined)[] = [];
  #pending: (() => void) | undefined;

  /** What has not been received. */
  get waiting(): number {
    return this.#items.length;
  }

  /** To be called by who receives. */
  receive = (): Promise<Uint8Array | undefined> =>
    new Promise((resolve, reject) => {
      this.#pending = () => {
        const item = this.#items.shift();
        if (item instanceof Error) reject(item);
        else resolve(item);
      };
      this.#next();
    });

  /** Brings one thing more; resolves when it has been read if it is wanted. */
  async push(item: Uint8Array | Error | undefined): Promise<void> {
    this.#items.push(item);
    this.#next();
    await this.settled();
  }

  /** Resolves when all that can be read has been. */
  async settled(): Promise<void> {
    for (let microtasks = 0; microtasks < 20; microtasks++) await Promise.resolve();
  }

  #next(): void {
    if (this.#items.length === 0) return;
    this.#pending?.();
    this.#pending = undefined;
  }
}
