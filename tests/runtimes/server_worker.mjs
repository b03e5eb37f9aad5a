/**
 * The server on Workers: workerd itself, and miniflare around it. At `/rpc` each request is on its own, as on the edge; at
 * `/object/rpc` all of them come to one Durable Object, which is what can join them.
 */
import "./watch_worker.mjs";
import { DurableObject } from "cloudflare:workers";
import { upgradeWebSocket } from "hono/cloudflare-workers";
import * as library from "@ticketlink/ticketlink/server";
import { conformanceApp } from "./conformance_app.ts";

export class ConformanceObject extends DurableObject {
  #app = conformanceApp(library, () => upgradeWebSocket, { path: "/object/rpc", isolation: "none" }).app;

  fetch(request) {
    return this.#app.fetch(request);
  }
}

const { app } = conformanceApp(library, () => upgradeWebSocket);
app.all("/object/*", ({ req, env: { OBJECT } }) => OBJECT.get(OBJECT.idFromName("conformance")).fetch(req.raw));

export default app;
