import { Hono } from "hono";
import { cors } from "hono/cors";
import type { TicketHandler } from "../../src/server.ts";
import { conformanceService, HANDLER_OPTIONS } from "../conformance/mod.ts";
import type { ServerLibrary } from "../conformance/library.ts";

/** What each server serves. */
export interface ConformanceApp {
  readonly app: Hono;
  readonly handler: TicketHandler;
}

/**
 * Makes the app that all servers serve. The page that a browser calls from has another origin, so that CORS is at work:
 * what the client needs allowed is its content type, `incremental`, and whatever the caller adds.
 */
export function conformanceApp(library: ServerLibrary): ConformanceApp {
  const handler = library.ticketHandler(conformanceService(library), HANDLER_OPTIONS);
  const app = new Hono();
  app.use(cors({
    origin: "*",
    allowMethods: ["POST"],
    allowHeaders: ["content-type", "incremental", "x-conformance"],
    maxAge: 600,
  }));
  app.all("/rpc", handler);
  return { app, handler };
}
