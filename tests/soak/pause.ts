/** Waits on the platform's clock: what is soaked is real sockets, which no virtual clock moves. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
