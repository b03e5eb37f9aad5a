import { Hono } from "npm:hono@^4";
import { createClient } from "@ticketlink/ticketlink/client";
import { invocationLink, joinLinks, serviceLink } from "@ticketlink/ticketlink/links";
import { implement, ticketHandler } from "@ticketlink/ticketlink";
import { Back, Front } from "./contract.ts";

/** A server that can be stopped. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

function listen(app: Hono, stop: () => Promise<void>): RunningServer {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  return {
    url: `http://127.0.0.1:${server.addr.port}/rpc`,
    async stop() {
      await stop();
      await server.shutdown();
    },
  };
}

/** Starts the service behind; `cancelled` is called when a caller goes away. */
export function startBack(cancelled: () => void): RunningServer {
  const handler = ticketHandler(implement(Back, {
    timeLeft: (_request, ctx) => ctx.timeRemaining(),
    async *forever(_request, ctx) {
      ctx.signal.addEventListener("abort", cancelled, { once: true });
      for (let i = 0;; i++) yield i;
    },
  }));
  return listen(new Hono().all("/rpc", handler), () => handler.stop(1000));
}

/** Starts a service that calls the one behind: `{ ctx }` passes deadline and cancellation on. */
export function startFront(backUrl: string): RunningServer {
  const back = createClient(Back, backUrl);
  const handler = ticketHandler(implement(Front, {
    timeLeft: (_request, ctx) => back.timeLeft(undefined, { ctx }),
    forever: (_request, ctx) => back.forever(undefined, { ctx }),
  }));
  return listen(new Hono().all("/rpc", handler), async () => {
    await handler.stop(1000);
    await back[Symbol.asyncDispose]();
  });
}

/** Starts a relay that knows no service: what arrives on one link leaves on the other, ticket by ticket. */
export function startLinkRelay(backUrl: string): RunningServer {
  const inward = serviceLink();
  const outward = invocationLink(backUrl);
  joinLinks(inward, outward);
  return listen(new Hono().all("/rpc", inward.handler), async () => {
    await inward.stop(1000);
    await outward.close();
  });
}
