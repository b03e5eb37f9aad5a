/** @import { Messages, Service } from "../peer.ts" */
import { os } from "@orpc/server";

/**
 * The service in oRPC's terms. A stream is what it calls an event iterator, in either direction.
 *
 * @param {any} service The benchmark's, whose messages are text here.
 */
export function routerOf(service) {
  return {
    echo: os.handler(({ input }) => service.echo(input)),
    produce: os.handler(({ input }) => service.produce(input)),
    consume: os.handler(({ input }) => service.consume(input)),
    echoAll: os.handler(({ input }) => service.echoAll(input)),
  };
}

/**
 * Over WebSocket, oRPC 1.16 loses what comes before the server has decoded the request that it belongs to. It takes the
 * first message after it has sent the request, so that the answer to a call made then says that the request is decoded.
 *
 * @param {any} client oRPC's.
 * @param {Messages} messages
 */
async function* onceDecoded(client, messages) {
  await client.echo("");
  yield* messages;
}

/**
 * @param {any} client oRPC's.
 * @returns {import("../peer.ts").PeerClient}
 */
export function clientOf(client, close = () => {}) {
  return {
    unary: (message) => client.echo(message),
    serverStream: async function* (request) {
      yield* await client.produce(request);
    },
    clientStream: (messages) => client.consume(onceDecoded(client, messages)),
    bidi: async function* (messages) {
      yield* await client.echoAll(onceDecoded(client, messages));
    },
    close,
  };
}
