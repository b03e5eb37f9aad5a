import { Hono } from "hono";
import { cors } from "hono/cors";
import type { TicketHandler, TicketHandlerOptions, UpgradeWebSocket } from "../../src/server.ts";
import { conformanceService, HANDLER_OPTIONS } from "../conformance/mod.ts";
import { sleep } from "../conformance/sleep.ts";
import type { ServerLibrary } from "../conformance/library.ts";

/** What each server serves. */
export interface ConformanceApp {
  readonly app: Hono;
  readonly handler: TicketHandler;
}

/** Finds what makes WebSockets on the platform; on Node it belongs to the app. */
export type UpgraderFor = (app: Hono) => UpgradeWebSocket;

/** Where the app has the handler, and what the handler is told beside what all are. */
export interface Mounting extends TicketHandlerOptions {
  readonly path?: string;
}

/**
 * Makes the app that all servers serve. The page that a browser calls from has another origin, so that CORS is at work:
 * what the client needs allowed is its content type, `incremental`, and whatever the caller adds.
 */
export function conformanceApp(
  library: ServerLibrary,
  upgraderFor: UpgraderFor,
  { path = "/rpc", timeouts, ...options }: Mounting = {},
): ConformanceApp {
  const app = new Hono();
  const handler = library.ticketHandler(conformanceService(library), {
    ...HANDLER_OPTIONS,
    upgradeWebSocket: upgraderFor(app),
    socketOrigins: "any",
    timeouts: { ...HANDLER_OPTIONS.timeouts, ...timeouts },
    ...options,
  });
  app.use(cors({
    origin: "*",
    allowMethods: ["POST"],
    allowHeaders: ["content-type", "incremental", "x-conformance"],
    maxAge: 600,
  }));
  app.all(path, handler);
  // For the test that the watch notices it.
  app.get("/lost", async (context) => {
    void Promise.reject(new Error("lost on purpose"));
    await sleep(50);
    return context.text("not yet");
  });
  return { app, handler };
}
