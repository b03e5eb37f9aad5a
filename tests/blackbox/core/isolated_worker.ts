/** A Worker whose requests are isolated from each other, as they are on Cloudflare by default. */
import { Hono } from "hono";
import { clientStreaming, defineService, implement, ticketHandler } from "../../../src/server.ts";

/** Stands before the bundle. */
declare const BUDGET_BYTES: number;

const Target = defineService("core.Target", { sink: clientStreaming<Uint8Array, number>() });

const service = implement(Target, {
  async sink(messages) {
    let count = 0;
    for await (const _ of messages) count += 1;
    return count;
  },
});

const handler = ticketHandler(service, { limits: { maxTotalBufferedBytes: BUDGET_BYTES }, onError: () => {} });

export default new Hono().all("/rpc", handler).get("/agent", (context) => {
  return context.text(navigator.userAgent);
});
