/** The client on Node, whose WebSocket is that of `ws`. The authority of the certificate comes by NODE_EXTRA_CA_CERTS. */
import process from "node:process";
// @ts-ignore What is in npm/ is not in the import map.
import { WebSocket } from "ws";
import * as library from "@ticketlink/ticketlink/client";
import { runJobs } from "./jobs.ts";

await runJobs(library, process.argv[2], {
  webSocket: (url, protocols, headers) => new WebSocket(url, protocols, { headers: Object.fromEntries(headers) }),
});
