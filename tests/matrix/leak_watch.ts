/** Counts what code leaves behind on objects of the platform, from its making to its disposal. */
export class LeakWatch implements Disposable {
  readonly #listeners: Map<EventTarget, Set<unknown>> = new Map();
  readonly #streams: Set<ReadableStream> = new Set();
  readonly #restore: (() => void)[] = [];

  constructor() {
    const listeners = this.#listeners;
    const streams = this.#streams;
    this.#replace(
      AbortSignal.prototype,
      "addEventListener",
      (original) =>
        function (this: EventTarget, type: unknown, listener: unknown, ...rest: unknown[]): unknown {
          const known = listeners.get(this) ?? new Set();
          listeners.set(this, known.add(listener));
          return Reflect.apply(original, this, [type, listener, ...rest]);
        },
    );
    this.#replace(
      AbortSignal.prototype,
      "removeEventListener",
      (original) =>
        function (this: EventTarget, type: unknown, listener: unknown, ...rest: unknown[]): unknown {
          listeners.get(this)?.delete(listener);
          return Reflect.apply(original, this, [type, listener, ...rest]);
        },
    );
    this.#replace(
      ReadableStream.prototype,
      "getReader",
      (original) =>
        function (this: ReadableStream, ...rest: unknown[]): unknown {
          streams.add(this);
          return Reflect.apply(original, this, rest);
        },
    );
  }

  /** Listeners that were added to abort signals and not removed, and streams that a reader still holds. */
  left(): { readonly listeners: number; readonly lockedStreams: number } {
    let listeners = 0;
    for (const known of this.#listeners.values()) listeners += known.size;
    return { listeners, lockedStreams: [...this.#streams].filter((stream) => stream.locked).length };
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #replace(target: object, name: string, wrap: (original: (...args: never[]) => unknown) => unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { configurable: true, writable: true, value: wrap(Reflect.get(target, name)) });
    this.#restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, own);
    });
  }
}
