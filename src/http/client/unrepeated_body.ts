import { isBrowser, isNode } from "./choose_exchange.ts";

/**
 * Makes a body of bytes that `fetch` cannot send twice.
 *
 * Given bytes, Deno 2.9 makes a POST again by itself when the reused connection that it went out on closes without an
 * answer, and so did calls run twice; given a stream it fails (measured). A call that may have started is never to be
 * repeated. Browsers refuse to stream over HTTP/1.1, so there the bytes have to do. Node repeats nothing, and libraries on
 * it, such as node-fetch, do not know what a stream is.
 *
 * @param bytes The whole body.
 * @param scope The global scope, which tells a browser, or Node.
 * @returns The body.
 */
export function unrepeatedBody(
  bytes: Uint8Array<ArrayBuffer>,
  scope: object = globalThis,
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> {
  if (isBrowser(scope) || isNode(scope)) return bytes;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
}
