/** Constructors that take a length, and make room for it at once. */
const NAMES = ["ArrayBuffer", "Array", "Uint8Array", "Float64Array"] as const;

/**
 * Tells the greatest length that something asks memory for, in elements of whatever it makes. Only constructors are watched:
 * what copies bytes that are there cannot make room for more than those.
 *
 * @param action What is done, synchronously.
 * @returns The greatest length, 0 if there was none.
 */
export function greatestAllocation(action: () => void): number {
  let greatest = 0;
  const originals = NAMES.map((name) => [name, Reflect.get(globalThis, name) as () => unknown] as const);
  const note = (args: readonly unknown[]): void => {
    if (typeof args[0] === "number") greatest = Math.max(greatest, args[0]);
  };
  for (const [name, original] of originals) Reflect.set(globalThis, name, watched(original, note));
  try {
    action();
  } finally {
    for (const [name, original] of originals) Reflect.set(globalThis, name, original);
  }
  return greatest;
}

function watched(original: () => unknown, note: (args: readonly unknown[]) => void): () => unknown {
  return new Proxy(original, {
    construct(target, args, newTarget) {
      note(args);
      return Reflect.construct(target, args, newTarget) as object;
    },
    apply(target, self, args) {
      note(args);
      return Reflect.apply(target, self, args);
    },
  });
}
