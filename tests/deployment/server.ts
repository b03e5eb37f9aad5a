/**
 * One version of a deployed server, in a process of its own. It says its port, serves until a line comes in, stops as a
 * server does that is replaced, and says which calls started.
 *
 * @module
 */
import { Hono } from "npm:hono@^4";
import { ticketHandler } from "../../mod.ts";
import { numberedService, type ServerReport } from "./service.ts";

const started: number[] = [];
const handler = ticketHandler(numberedService(started), JSON.parse(Deno.args[0] ?? "{}"));
const app = new Hono().all("/rpc", handler);
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
console.log(server.addr.port);

await Deno.stdin.read(new Uint8Array(1));
await handler.stop(5_000);
// Who has a connection left to this server hears for a moment yet that it is to go elsewhere. On a busy machine 0.3 s were
// too short: a request that is on its way when its idle connection is closed may have started, and is not repeated.
await new Promise((resolve) => setTimeout(resolve, 1_500));
await server.shutdown();
const report: ServerReport = { started };
console.log(JSON.stringify(report));
