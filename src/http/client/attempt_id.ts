/** As many as nobody guesses, who could otherwise keep an attempt of somebody else from beginning. */
const ATTEMPT_ID_BYTES = 16;

/**
 * Makes the id of an attempt to begin operations. It goes with the request, so that a server notices when a runtime, or a
 * proxy, has sent the request again (P7.42).
 */
export function newAttemptId(): Uint8Array<ArrayBuffer> {
  const id = new Uint8Array(ATTEMPT_ID_BYTES);
  if ("crypto" in globalThis) return crypto.getRandomValues(id);
  // React Native has none. There are no others to guess it in the client's own process.
  return id.map(() => Math.random() * 256);
}
