import { fail } from "@std/assert";

/**
 * Gives what may hang a limit of its own, so that it fails with an assertion.
 *
 * @param ms The limit in milliseconds.
 * @param what What is awaited, for the message.
 * @param promise What may hang.
 * @returns What the promise resolves to.
 */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const settled = promise.then((value) => ({ value }));
  // The loser of the race may reject when nothing waits for it any more.
  settled.catch(() => {});
  try {
    const first = await Promise.race([settled, late]);
    return first === undefined ? fail(`${what}: nothing within ${ms} ms`) : first.value;
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for real: for handlers that take their time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What became of a call. */
export type Result<T> = { readonly value: T; readonly error?: undefined } | { readonly error: unknown };

/**
 * Makes a call that may fail in any way, and hang.
 *
 * @param call Makes the call; may throw.
 * @param ms The limit in milliseconds.
 * @returns What became of it.
 */
export async function resultOf<T>(call: () => T | Promise<T>, ms = 2_000): Promise<Result<T>> {
  const settled = (async () => await call())().then(
    (value): Result<T> => ({ value }),
    (error: unknown): Result<T> => ({ error }),
  );
  return await within(ms, "the call", settled);
}
