// @ts-check

/**
 * `fetch`, but that each byte of a response comes in a chunk of its own.
 *
 * @param {Parameters<typeof globalThis.fetch>[0]} input
 * @param {RequestInit} [init]
 */
export async function bytewiseFetch(input, init) {
  const response = await fetch(input, init);
  if (response.body === null) return response;
  return new Response(bytewise(response.body), response);
}

/** @param {ReadableStream<Uint8Array<ArrayBuffer>>} body */
function bytewise(body) {
  const reader = body.getReader();
  let chunk = new Uint8Array();
  let offset = 0;
  return new ReadableStream({
    async pull(controller) {
      while (offset === chunk.length) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        chunk = value;
        offset = 0;
      }
      // As many as fit; the queue is no longer than its mark.
      do controller.enqueue(chunk.subarray(offset, ++offset)); while (offset < chunk.length && isHungry(controller));
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 256 });
}

/** @param {ReadableStreamDefaultController} controller */
function isHungry({ desiredSize }) {
  return desiredSize !== null && desiredSize > 0;
}
