/** The client on Deno, which speaks HTTP/2 over TLS. The authority of the certificate comes by `--cert`. */
import * as library from "../../src/client.ts";
import { runJobs } from "./jobs.ts";

await runJobs(library, Deno.args[0]);
