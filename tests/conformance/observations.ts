import type { Observation } from "./contract.ts";

/** What the service notes of one key. */
interface Notes {
  started: number;
  ended: number;
  messages: number;
  aborted: string | undefined;
  released: boolean;
}

/** One handler's notes. Disposing of it says that the handler has ended. */
export interface Observer extends Disposable {
  /** Takes note of a message. */
  message(): void;
}

/**
 * What the handlers of a server did, by the key that their callers gave them. It holds plain data and wakes nobody: on
 * Workers a request must not resolve the promise of another, so that whoever waits has to look again.
 */
export class Observations {
  readonly #notes = new Map<string, Notes>();

  /** A handler has begun. What aborts the signal is noted. */
  begin(key: string, signal?: AbortSignal): Observer {
    const notes = this.#of(key);
    notes.started += 1;
    signal?.addEventListener("abort", () => {
      const { reason } = signal;
      notes.aborted = typeof reason === "object" && reason !== null && "code" in reason
        ? String(reason.code)
        : "no code";
    });
    return {
      message: () => void (notes.messages += 1),
      [Symbol.dispose]: () => void (notes.ended += 1),
    };
  }

  /** What is known of a key. */
  of(key: string): Observation {
    const { started, ended, messages, aborted } = this.#of(key);
    return { started, ended, messages, aborted };
  }

  /** Lets those go on that wait for the key. */
  release(key: string): void {
    this.#of(key).released = true;
  }

  /** Tells whether the key has been released. */
  isReleased(key: string): boolean {
    return this.#of(key).released;
  }

  #of(key: string): Notes {
    let notes = this.#notes.get(key);
    if (notes === undefined) {
      notes = { started: 0, ended: 0, messages: 0, aborted: undefined, released: false };
      this.#notes.set(key, notes);
    }
    return notes;
  }
}
