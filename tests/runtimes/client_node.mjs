/** The client on Node, which speaks HTTP/1.1. The authority of the certificate comes by NODE_EXTRA_CA_CERTS. */
import process from "node:process";
import * as library from "@ticketlink/ticketlink/client";
import { runJobs } from "./jobs.ts";

await runJobs(library, process.argv[2]);
