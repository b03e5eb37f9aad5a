import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";
import { implement, type Implementation } from "@ticketlink/ticketlink/server";

/** What the tests of this folder call. */
export const Calls = defineService("test.Calls", {
  hello: unary<string, string>(),
  /** Answers after that many milliseconds. */
  wait: unary<number, string>(),
  size: unary<Uint8Array, number>(),
  count: serverStreaming<number, number>(),
  /** Says a number every so many milliseconds, without an end. */
  ticks: serverStreaming<number, number>(),
  /** Says how many bytes it has got. */
  take: clientStreaming<Uint8Array, number>(),
  echo: bidiStreaming<number, number>(),
});

/** What a server notes while it serves. */
export interface Notes {
  /** Is told of the bytes that an upload has brought so far. */
  taken?(bytes: number): void;
  /** Is told of the signal of a handler that ticks. */
  ticking?(signal: AbortSignal): void;
}

/** Implements {@linkcode Calls}. */
export function calls(notes: Notes = {}): Implementation {
  return implement(Calls, {
    hello: (name) => `Hello, ${name}`,
    wait: async (ms, { signal }) => {
      await pause(ms, signal);
      return `waited ${ms} ms`;
    },
    size: (bytes) => bytes.byteLength,
    async *count(to) {
      for (let number = 0; number < to; number++) yield number;
    },
    async *ticks(ms, { signal }) {
      notes.ticking?.(signal);
      for (let number = 0; !signal.aborted; number++) {
        yield number;
        await pause(ms, signal);
      }
    },
    async take(chunks) {
      let bytes = 0;
      for await (const { byteLength } of chunks) {
        bytes += byteLength;
        notes.taken?.(bytes);
      }
      return bytes;
    },
    async *echo(numbers) {
      yield* numbers;
    },
  });
}

/** Waits, no longer than the signal allows. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}

/** Waits for something no longer than so many milliseconds; `undefined` then. */
export async function within<T>(ms: number, awaited: Promise<T>): Promise<T | undefined> {
  const waiting = new AbortController();
  try {
    return await Promise.race([awaited, pause(ms, waiting.signal).then(() => undefined)]);
  } finally {
    waiting.abort();
  }
}
