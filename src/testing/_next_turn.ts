/**
 * Waits until everything that is queued as a microtask has run, however long the chain: the event loop turns only then.
 * It lets no real time pass where the platform has `setImmediate` (Deno, Node, Bun); elsewhere a timer of 0 serves.
 */
export function nextTurn(): Promise<void> {
  const immediate: unknown = Reflect.get(globalThis, "setImmediate");
  return new Promise((resolve) => {
    if (typeof immediate === "function") Reflect.apply(immediate, globalThis, [resolve]);
    else setTimeout(resolve, 0);
  });
}
