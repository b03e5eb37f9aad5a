/** @import { Peer, Service } from "../peer.ts" */
import { createServer } from "node:http2";
import { create, createFileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";

/** By default Node resets streams of a session that holds more than 10; the largest message here has 16. */
const MAX_SESSION_MEBIBYTES = 256;

/** What `service Bench` in a `.proto` file would be compiled to. */
const file = create(FileDescriptorProtoSchema, {
  name: "bench.proto",
  package: "bench",
  syntax: "proto3",
  messageType: [{
    name: "Data",
    field: [{
      name: "bytes",
      jsonName: "bytes",
      number: 1,
      type: FieldDescriptorProto_Type.BYTES,
      label: FieldDescriptorProto_Label.OPTIONAL,
    }],
  }],
  service: [{
    name: "Bench",
    method: [
      method("Echo", false, false),
      method("Produce", false, true),
      method("Consume", true, false),
      method("EchoAll", true, true),
    ],
  }],
});
/** @type {any} Descriptors that are made at run time have no types. */
const bench = createFileRegistry(file, () => undefined).getService(
  "bench.Bench",
);

/**
 * @param {string} name
 * @param {boolean} clientStreaming
 * @param {boolean} serverStreaming
 */
function method(name, clientStreaming, serverStreaming) {
  return {
    name,
    inputType: ".bench.Data",
    outputType: ".bench.Data",
    clientStreaming,
    serverStreaming,
  };
}

/** @param {AsyncIterable<any>} messages */
async function* unwrapped(messages) {
  for await (const { bytes } of messages) yield bytes;
}

/** @param {any} messages */
async function* wrapped(messages) {
  for await (const bytes of messages) yield { bytes };
}

/**
 * @param {Service} service
 * @returns {Promise<import("../peer.ts").PeerServer>}
 */
function serve(service) {
  const handler = connectNodeAdapter({
    routes: (router) =>
      void router.service(bench, {
        echo: (/** @type {any} */ { bytes }) => ({
          bytes: service.echo(bytes),
        }),
        produce: (/** @type {any} */ { bytes }) => wrapped(service.produce(bytes)),
        consume: async (/** @type {any} */ messages) => ({
          bytes: await service.consume(unwrapped(messages)),
        }),
        echoAll: (/** @type {any} */ messages) => wrapped(service.echoAll(unwrapped(messages))),
      }),
  });
  const server = createServer({ maxSessionMemory: MAX_SESSION_MEBIBYTES }, handler);
  return new Promise((resolve) => {
    server.listen(
      0,
      "127.0.0.1",
      () =>
        resolve(
          /** @type {import("node:net").AddressInfo} */ (server.address()),
        ),
    );
  });
}

/**
 * @param {number} port
 * @returns {import("../peer.ts").PeerClient}
 */
function connect(port) {
  const transport = createConnectTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    httpVersion: "2",
    // Nobody else compresses here, and what is sent would shrink to nothing.
    acceptCompression: [],
    nodeOptions: { maxSessionMemory: MAX_SESSION_MEBIBYTES },
  });
  /** @type {any} */
  const client = createClient(bench, transport);
  return {
    unary: async (bytes) => (await client.echo({ bytes })).bytes,
    serverStream: (bytes) => unwrapped(client.produce({ bytes })),
    clientStream: async (messages) => (await client.consume(wrapped(messages))).bytes,
    bidi: (messages) => unwrapped(client.echoAll(wrapped(messages))),
    close: () => {},
  };
}

/**
 * Connect-ES with its own protocol and binary messages, over HTTP/2.
 *
 * @type {Peer}
 */
export const peer = { encoding: "bytes", cannot: [], serve, connect };
