// @ts-check
/** @import { Message, Messages, Peer, Service } from "./peer.ts" */
import { ChunkBody } from "./chunk_body.mjs";
import { serveFetch } from "./http_server.mjs";

/**
 * @param {any} service The benchmark's, whose messages are bytes here.
 * @param {Request} request
 */
async function serveRequest(service, request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/unary") {
    return new Response(
      service.echo(new Uint8Array(await request.arrayBuffer())),
    );
  }
  if (pathname === "/produce") {
    const messages = service.produce(
      new Uint8Array(await request.arrayBuffer()),
    );
    return new Response(bodyOf(messages));
  }
  if (pathname === "/consume") {
    return new Response(await service.consume(request.body));
  }
  return new Response(bodyOf(service.echoAll(request.body)));
}

/** @param {Messages} messages One chunk for each. */
function bodyOf(messages) {
  const body = new ChunkBody();
  (async () => {
    for await (const message of messages) {
      body.write(/** @type {Uint8Array} */ (message).slice());
      if (body.isFull) await body.drained();
    }
    body.end();
    // A client that has gone needs no more.
  })().catch(() => body.end());
  return body.stream;
}

/**
 * @param {number} port
 * @param {string} path
 * @param {any} body
 */
async function post(port, path, body) {
  const init = { method: "POST", body, duplex: "half" };
  return await fetch(
    `http://127.0.0.1:${port}/${path}`,
    /** @type {any} */ (init),
  );
}

/**
 * Chunks as they come, of which one may hold several messages or a part of one.
 *
 * @param {Promise<Response>} response
 * @returns {AsyncIterable<Message>}
 */
async function* chunksOf(response) {
  yield* /** @type {any} */ ((await response).body);
}

/**
 * The floor of the runtime: `fetch` alone. A unary call is a request, a stream is a body, a message is a chunk.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "bytes",
  cannot: [],
  connections: "per call",
  serve: (service) => serveFetch((request) => serveRequest(service, request)),
  connect: (port) => ({
    unary: async (message) => new Uint8Array(await (await post(port, "unary", message)).arrayBuffer()),
    serverStream: (request) => chunksOf(post(port, "produce", request)),
    clientStream: async (messages) =>
      new Uint8Array(
        await (await post(port, "consume", bodyOf(messages))).arrayBuffer(),
      ),
    bidi: (messages) => chunksOf(post(port, "echo", bodyOf(messages))),
    close: () => {},
  }),
};
