import { createHash } from "node:crypto";
import { Hono } from "npm:hono@^4";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { implement, type TicketHandler, ticketHandler } from "@ticketlink/ticketlink/server";
import { Show } from "./contract.ts";

const PAUSE_MS = 50;

/** Waits, or throws as soon as nobody waits for the answer any more. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, PAUSE_MS);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Serves a page at `/`, its module at `/app.js`, and what it calls at `/rpc`.
 *
 * @param html The page.
 * @param module The module, bundled for browsers.
 */
export function show(html: string, module: string): { app: Hono; handler: TicketHandler } {
  const service = implement(Show, {
    greet: (name) => `Hello, ${name}`,
    async *count(to, ctx) {
      for (let number = 1; number <= to; number++) {
        await pause(ctx.signal);
        yield number;
      }
    },
    async upload(chunks) {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.byteLength;
      }
      return { bytes, sha256: hash.digest("hex") };
    },
    async *chat(lines) {
      for await (const line of lines) yield line.toUpperCase();
    },
  });
  const handler = ticketHandler(service, { upgradeWebSocket });
  const app = new Hono()
    .get("/", (context) => context.html(html))
    .get("/app.js", (context) => context.body(module, 200, { "content-type": "text/javascript; charset=utf-8" }))
    .all("/rpc", handler);
  return { app, handler };
}
