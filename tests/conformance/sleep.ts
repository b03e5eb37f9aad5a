/**
 * Waits.
 *
 * @param ms Milliseconds.
 * @param signal Ends the wait before its time, without an error.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
  });
}
