/** The client on Bun, which speaks HTTP/2 when it is told to. */
import { readFileSync } from "node:fs";
import process from "node:process";
import * as library from "@ticketlink/ticketlink/client";
import { runJobs } from "./jobs.ts";

const [jobs, authority] = process.argv.slice(2);
const tls = { ca: readFileSync(authority) };
await runJobs(library, jobs, ({ url }) => {
  return url.startsWith("https:") ? (url, init) => fetch(url, { ...init, tls, protocol: "http2" }) : undefined;
});
