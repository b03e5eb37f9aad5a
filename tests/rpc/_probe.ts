/**
 * A service whose handlers do what each test says, and a note of how their calls ended.
 *
 * @module
 */
import {
  bidiStreaming,
  clientStreaming,
  defineService,
  type HandlerContext,
  type Handlers,
  implement,
  type Implementation,
  serverStreaming,
  unary,
} from "../../mod.ts";

/** One method of each kind. */
export const Probe = defineService("test.Probe", {
  one: unary<number, number>(),
  many: serverStreaming<number, number>(),
  fold: clientStreaming<number, number>(),
  both: bidiStreaming<number, number>(),
});

/** Handlers that are called with numbers. */
export type ProbeHandlers = Handlers<typeof Probe.methods>;

const UNUSED: ProbeHandlers = {
  one: (n) => n,
  many: (n) => [n],
  fold: () => 0,
  both: () => [],
};

/** Implements the service with the handlers that a test is about. */
export function probe(handlers: Partial<ProbeHandlers>): Implementation {
  return implement(Probe, { ...UNUSED, ...handlers });
}

/** Notes why a signal aborted, as its code; `undefined` while it has not. */
export function abortOf(signal: AbortSignal): () => unknown {
  return () => signal.aborted ? signal.reason.code : undefined;
}

/** Never settles, until the call ends. */
export function untilAborted({ signal }: HandlerContext): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** Numbers without end, and whether the generator was closed. */
export class Endless {
  /** How many were asked for. */
  asked = 0;
  /** Whether `return()` reached it. */
  closed = false;

  /** Counts. */
  *[Symbol.iterator](): Generator<number> {
    try {
      for (;;) yield this.asked++;
    } finally {
      this.closed = true;
    }
  }
}

/** A signal that counts its listeners. */
export function countedSignal(): { signal: AbortSignal; controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return { signal, controller, listeners: () => listeners };
}
