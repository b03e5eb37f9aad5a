/** @import { Messages, Peer, Service } from "../peer.ts" */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { credentials, makeGenericClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js";

/** Messages are bytes already, so nothing is gained by Protocol Buffers, and nothing lost to them. */
const serializers = {
  requestSerialize: bufferOf,
  requestDeserialize: (/** @type {Buffer} */ bytes) => bytes,
  responseSerialize: bufferOf,
  responseDeserialize: (/** @type {Buffer} */ bytes) => bytes,
};

/**
 * @param {string} name
 * @param {boolean} requestStream
 * @param {boolean} responseStream
 */
function method(name, requestStream, responseStream) {
  return {
    path: `/bench.Bench/${name}`,
    requestStream,
    responseStream,
    ...serializers,
  };
}

const definition = {
  echo: method("Echo", false, false),
  produce: method("Produce", false, true),
  consume: method("Consume", true, false),
  echoAll: method("EchoAll", true, true),
};

/** By default a message has 4 MiB at most. */
const options = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
};

/** @param {Uint8Array} bytes */
function bufferOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * @param {Iterable<any> | AsyncIterable<any>} messages
 * @param {any} call What they are written to.
 */
async function writeAll(messages, call) {
  if (Symbol.iterator in messages) {
    for (const message of messages) {
      if (!call.write(message)) await once(call, "drain");
    }
  } else {
    for await (const message of messages) {
      if (!call.write(message)) await once(call, "drain");
    }
  }
  call.end();
}

/** @param {any} service The benchmark's, whose messages are bytes here. */
function handlersOf(service) {
  return {
    echo: (/** @type {any} */ call, /** @type {any} */ callback) => callback(null, service.echo(call.request)),
    produce: (/** @type {any} */ call) =>
      void writeAll(service.produce(call.request), call).catch(() => call.destroy()),
    consume(/** @type {any} */ call, /** @type {any} */ callback) {
      let length = 0;
      call.on(
        "data",
        (/** @type {Buffer} */ message) => length += message.length,
      );
      call.on("end", () => callback(null, service.sum(length)));
    },
    echoAll(/** @type {any} */ call) {
      call.on("data", (/** @type {Buffer} */ message) => {
        if (call.write(message)) return;
        call.pause();
        call.once("drain", () => call.resume());
      });
      call.on("end", () => call.end());
    },
  };
}

/**
 * @param {Service} service
 * @returns {Promise<import("../peer.ts").PeerServer>}
 */
function serve(service) {
  const server = new Server(options);
  server.addService(definition, handlersOf(service));
  return new Promise((resolve, reject) => {
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, port) => error ? reject(error) : resolve({ port }),
    );
  });
}

/**
 * @param {number} port
 * @returns {import("../peer.ts").PeerClient}
 */
function connect(port) {
  const Client = makeGenericClientConstructor(definition, "Bench");
  /** @type {any} */
  const client = new Client(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
    options,
  );
  /** @param {(callback: (error: Error | null, answer: Buffer) => void) => void} begin */
  const answer = (begin) =>
    new Promise((resolve, reject) => begin((error, answer) => error ? reject(error) : resolve(answer)));
  return {
    unary: (message) => answer((callback) => client.echo(message, callback)),
    serverStream: (request) => client.produce(request),
    clientStream: (messages) => answer((callback) => void writeAll(messages, client.consume(callback))),
    bidi(messages) {
      const call = client.echoAll();
      void writeAll(messages, call);
      return call;
    },
    close: () => client.close(),
  };
}

/**
 * grpc-js, over HTTP/2.
 *
 * @type {Peer}
 */
export const peer = { encoding: "bytes", cannot: [], serve, connect };
