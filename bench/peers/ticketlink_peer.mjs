// @ts-check
/** @import { Peer, Service } from "./peer.ts" */
/** @import * as ClientModule from "../../src/client.ts" */
/** @import * as ServerModule from "../../src/server.ts" */
import process from "node:process";
import { Hono } from "hono";
import { serveFetch } from "./http_server.mjs";

// The sources on Deno, the npm package elsewhere; of this revision or of another.
const library = process.env["TICKETLINK_LIBRARY"] ??
  new URL("../../src/", import.meta.url).href;
const extension = "Deno" in globalThis ? "ts" : "js";

/** The largest message of the benchmark has 16 MiB; by default a frame has 4. */
const limits = { maxFrameBytes: 32 * 1_048_576 };

/**
 * Earlier revisions take limits beside the other options, and know nothing of a group. Later ones refuse that.
 *
 * @template T
 * @param {(options: any) => T} make
 * @returns {T}
 */
function withLimits(make) {
  try {
    return make(limits);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return make({ limits });
  }
}

/** @typedef {"bytesSerializer" | "cborSerializer"} SerializerName */

/**
 * @param {typeof ClientModule | typeof ServerModule} module
 * @param {SerializerName} serializer
 */
function contractOf(module, serializer) {
  const {
    bidiStreaming,
    clientStreaming,
    defineService,
    serverStreaming,
    unary,
  } = module;
  /** @type {{ serializer: any }} Gets bytes only, and says that it takes anything. */
  const options = { serializer: module[serializer] };
  return defineService("bench.Bench", {
    echo: unary(options),
    produce: serverStreaming(options),
    consume: clientStreaming(options),
    echoAll: bidiStreaming(options),
  });
}

/**
 * @param {SerializerName} serializer
 * @param {any} service The benchmark's, whose messages are bytes here.
 */
async function serve(serializer, service) {
  /** @type {typeof ServerModule} */
  const server = await import(`${library}server.${extension}`);
  const handlers = {
    echo: service.echo,
    produce: service.produce,
    consume: service.consume,
    echoAll: service.echoAll,
  };
  const implementation = server.implement(
    contractOf(server, serializer),
    handlers,
  );
  const handler = withLimits((options) => server.ticketHandler(implementation, options));
  return serveFetch(
    new Hono().all(
      "/rpc",
      /** @type {any} Of another version's types. */ (handler),
    ).fetch,
  );
}

/**
 * @param {SerializerName} serializer
 * @param {"duplex" | "single"} exchange
 * @param {number} port
 * @returns {Promise<any>} A client whose messages are bytes.
 */
async function connect(serializer, exchange, port, fetch = globalThis.fetch) {
  /** @type {typeof ClientModule} */
  const { createClient, ...module } = await import(
    `${library}client.${extension}`
  );
  const contract = contractOf({ createClient, ...module }, serializer);
  const client = withLimits((options) =>
    createClient(contract, `http://127.0.0.1:${port}/rpc`, {
      exchange,
      fetch,
      ...options,
    })
  );
  return {
    unary: client.echo,
    serverStream: client.produce,
    clientStream: client.consume,
    bidi: client.echoAll,
    close: () => client[Symbol.asyncDispose](),
  };
}

/**
 * @param {SerializerName} serializer What turns messages into bytes.
 * @param {"duplex" | "single"} exchange What carries the calls.
 * @returns {Peer}
 */
export function ticketlinkPeer(serializer, exchange = "duplex") {
  return {
    encoding: "bytes",
    cannot: exchange === "single" ? ["bidi"] : [],
    serve: (service) => serve(serializer, service),
    connect: (port) => connect(serializer, exchange, port),
    connectOver: (port, fetch) => connect(serializer, exchange, port, fetch),
  };
}
