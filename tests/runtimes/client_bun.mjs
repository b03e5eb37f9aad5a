/** The client on Bun, which speaks HTTP/2 when it is told to, and whose WebSocket can send headers. */
import { readFileSync } from "node:fs";
import process from "node:process";
import * as library from "@ticketlink/ticketlink/client";
import { runJobs } from "./jobs.ts";

const [jobs, authority] = process.argv.slice(2);
const tls = { ca: readFileSync(authority) };
const secure = (url, init) => fetch(url, { ...init, tls, protocol: "http2" });
await runJobs(library, jobs, {
  fetchFor: ({ url }) => url.startsWith("https:") ? secure : undefined,
  webSocket: (url, protocols, headers) =>
    new WebSocket(url, { protocols, headers: Object.fromEntries(headers), ...(url.startsWith("wss:") ? { tls } : {}) }),
});
