import { isBytes } from "../../links/foreign_value.ts";
import { isBrowser, isNode } from "./choose_exchange.ts";

/** A body whose bytes are all there. */
export type WholeBody = ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;

/**
 * Makes a body of bytes that `fetch` cannot send twice.
 *
 * Given bytes, Deno 2.9, Chromium 156 and Firefox 153 make a POST again by themselves when the reused connection that it
 * went out on closes without an answer, and so did calls run twice; given a stream Deno fails (measured). A call that may
 * have started is never to be repeated. Browsers refuse to stream over HTTP/1.1, so there the bytes have to do. Node repeats
 * nothing, and libraries on it, such as node-fetch, do not know what a stream is.
 *
 * @param bytes The whole body.
 * @param scope The global scope, which tells a browser, or Node.
 * @returns The body.
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
