import { isBytes } from "../../links/foreign_value.ts";

/**
 * Tells whether a global scope is a browser's: a window has a document, a worker of any kind can import scripts.
 *
 * *Duplex* does not exist there: in Chromium 156 the promise of `fetch` settled only after the upload had ended, and
 * streamed uploads over HTTP/1.1 were refused outright.
 */
export function isBrowser(scope: object): boolean {
  if ("Deno" in scope || "Bun" in scope) return false;
  return "document" in scope || "importScripts" in scope;
}

/** Tells whether a global scope is that of Node, and not of what only looks like it: Bun, Deno and Workers do. */
function isNode(scope: object): boolean {
  if ("Deno" in scope || "Bun" in scope || "WebSocketPair" in scope || isBrowser(scope)) return false;
  return "process" in scope && Object.prototype.toString.call(scope.process) === "[object process]";
}

/** A body whose bytes are all there. */
export type WholeBody = ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;

/**
 * Makes a body of bytes that `fetch` cannot send twice.
 *
 * Given bytes, Deno 2.9, Chromium 156 and Firefox 153 repeat a POST by themselves if its reused connection closes without
 * an answer, so that calls ran twice; given a stream Deno fails instead (measured). A call that may have started must never
 * be repeated. Browsers refuse to stream over HTTP/1.1, so they get bytes. Node repeats nothing, and libraries for it, such
 * as node-fetch, cannot send streams of the web.
 */
export function unrepeatedBody(
  bytes: Uint8Array<ArrayBuffer>,
  scope: object = globalThis,
): WholeBody {
  if (isBrowser(scope) || isNode(scope)) return bytes;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Tells whether the runtime may send a body again by itself, so that an answer may not be the answer to the first time. */
export function isRepeatable(body: WholeBody, scope: object = globalThis): boolean {
  return isBytes(body) && !isNode(scope);
}

/** 128 random bits cannot be guessed. With a guess, one client could keep the attempt of another from beginning. */
export const ATTEMPT_ID_BYTES = 16;
/** Ids for which random bytes are made together: each time takes 4 µs (Node 20), however many there are. */
const IDS_AT_ONCE = 64;

/** Random bytes that are in no id yet. */
let unused: Uint8Array = new Uint8Array(0);

/**
 * Makes the id of an attempt to begin operations. It goes with the request, so that a server notices when a runtime, or a
 * proxy, has sent the request again (P7.42).
 */
export function newAttemptId(): Uint8Array {
  if (unused.length === 0) unused = randomBytes(ATTEMPT_ID_BYTES * IDS_AT_ONCE);
  const id = unused.subarray(0, ATTEMPT_ID_BYTES);
  unused = unused.subarray(ATTEMPT_ID_BYTES);
  return id;
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if ("crypto" in globalThis) return crypto.getRandomValues(bytes);
  // React Native has none. There are no others to guess it in the client's own process.
  return bytes.map(() => Math.random() * 256);
}

/** How often an operation is tried again that servers refuse: for about six seconds in all. */
export const MAX_REFUSALS = 8;

/** The first pause before the next try; each further one is twice as long. */
const FIRST_PAUSE_MS = 50;

/** The longest of these pauses. */
const LONGEST_PAUSE_MS = 2_000;

/**
 * Milliseconds to wait before an operation is tried again that has been refused so often, from 1. The pause doubles each
 * time, and chance, from 0 up to 1, shortens it by up to a half, so that clients do not come back all at once.
 */
export function retryPauseMs(refusals: number, random: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (refusals - 1), LONGEST_PAUSE_MS);
  return longest * (0.5 + random / 2);
}
