/** The client on Deno, which speaks HTTP/2 over TLS. */
import * as library from "../../src/client.ts";
import { runJobs } from "./jobs.ts";

const [jobs, authority = ""] = Deno.args;
const client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(authority)] });
await runJobs(library, jobs, () => (url, init) => fetch(url, { ...init, client }));
