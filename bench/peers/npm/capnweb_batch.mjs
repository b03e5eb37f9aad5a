/** @import { Peer } from "../peer.ts" */
import { createServer } from "node:http";
import { newHttpBatchRpcSession, nodeHttpBatchRpcResponse } from "capnweb";
import { BenchTarget } from "./capnweb_target.mjs";
import { listening } from "./listening.mjs";
import { unavailable } from "./unavailable.mjs";

/**
 * Cap'n Web over HTTP: what is called in one turn is one request. It has no streams there.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "text",
  cannot: ["serverStream", "clientStream", "bidi"],
  serve: (service) =>
    listening(createServer((request, response) => {
      void nodeHttpBatchRpcResponse(
        request,
        response,
        new BenchTarget(service),
      );
    })),
  connect(port) {
    /** @type {any} */
    let batch;
    const openBatch = () => {
      // A batch leaves with the turn in which it was opened.
      setImmediate(() => batch = undefined);
      return newHttpBatchRpcSession(`http://127.0.0.1:${port}`);
    };
    return {
      unary: (message) => (batch ??= openBatch()).echo(message),
      serverStream: unavailable,
      clientStream: unavailable,
      bidi: unavailable,
      close: () => {},
    };
  },
};
