/** What is done to have bytes in one piece. */

/** Runs something, and tells how many bytes it copied. */
export function countCopiedBytes(run: () => void): number {
  const original = Uint8Array.prototype.set;
  let copied = 0;
  Uint8Array.prototype.set = function (source: ArrayLike<number>, offset?: number): void {
    copied += source.length;
    original.call(this, source, offset);
  };
  try {
    run();
  } finally {
    Uint8Array.prototype.set = original;
  }
  return copied;
}

/** Runs something, and tells for how many bytes it made room each time. */
export function roomsMade(run: () => void): number[] {
  const rooms: number[] = [];
  const original = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args: unknown[]) {
      if (typeof args[0] === "number") rooms.push(args[0]);
      return Reflect.construct(target, args);
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = original;
  }
  return rooms;
}
