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

const DELAY_MS = 5;

/**
 * Over WebSocket, oRPC 1.16 loses what comes before the server has decoded the request that it belongs to.
 *
 * @param {Messages} messages
 */
async function* delayed(messages) {
  await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
  for await (const message of messages) yield message;
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
    clientStream: (messages) => client.consume(delayed(messages)),
    bidi: async function* (messages) {
      yield* await client.echoAll(delayed(messages));
    },
    close,
  };
}
