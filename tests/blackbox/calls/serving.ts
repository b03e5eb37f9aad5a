import { Hono } from "npm:hono@^4";
import {
  type Implementation,
  type TicketHandler,
  ticketHandler,
  type TicketHandlerOptions,
} from "@ticketlink/ticketlink/server";

/** A real server on loopback. */
export interface Serving extends AsyncDisposable {
  readonly port: number;
  /** Where the handler is. */
  readonly url: string;
  readonly handler: TicketHandler;
  readonly app: Hono;
}

/** What a server is given beside the handler's options. */
export interface ServingOptions extends TicketHandlerOptions {
  /** Adds what stands before the handler. */
  readonly before?: (app: Hono) => void;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Serves on Deno, at `/rpc`. */
export function serving(implementation: Implementation, { before, tls, ...options }: ServingOptions = {}): Serving {
  const handler = ticketHandler(implementation, options);
  const app = new Hono();
  before?.(app);
  app.all("/rpc", handler);
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = tls === undefined ? Deno.serve(listen, app.fetch) : Deno.serve({
    ...listen,
    cert: Deno.readTextFileSync(tls.cert),
    key: Deno.readTextFileSync(tls.key),
  }, app.fetch);
  const { port } = server.addr;
  return {
    port,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/rpc`,
    handler,
    app,
    async [Symbol.asyncDispose]() {
      await handler.stop(0);
      await server.shutdown();
    },
  };
}
