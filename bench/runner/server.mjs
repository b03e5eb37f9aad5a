// @ts-check
/** The server's process: serves one peer, and tells of itself over HTTP on a port beside it. Its argument is the peer's module. */
import { createServer } from "node:http";
import process from "node:process";
import { counters, serviceOf } from "../peers/service.mjs";
import { answerLines, say } from "./lines.mjs";
import { processState } from "./process_state.mjs";

/** @type {{ peer: import("../peers/peer.ts").Peer }} */
const { peer } = await import(new URL(process.argv[2] ?? "", import.meta.url).href);
const { port } = await peer.serve(serviceOf(peer.encoding));

const observer = createServer((request, response) => {
  processState({ collectsGarbage: request.url === "/collected" })
    .then((state) => response.end(JSON.stringify({ ...state, ...counters })))
    .catch((error) => response.destroy(error));
});
await new Promise((resolve) => observer.listen(0, "127.0.0.1", () => resolve(undefined)));
const address = /** @type {import("node:net").AddressInfo} */ (observer.address());
say({ port, observerPort: address.port });
await answerLines(() => {});
