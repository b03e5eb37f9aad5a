/** @import { Service } from "../peer.ts" */
import { os } from "@orpc/server";
import { asynchronous } from "../messages.mjs";

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
 * @param {any} client oRPC's.
 * @returns {import("../peer.ts").PeerClient}
 */
export function clientOf(client, close = () => {}) {
  return {
    unary: (message) => client.echo(message),
    serverStream: async function* (request) {
      yield* await client.produce(request);
    },
    clientStream: (messages) => client.consume(asynchronous(messages)),
    bidi: async function* (messages) {
      yield* await client.echoAll(asynchronous(messages));
    },
    close,
  };
}
