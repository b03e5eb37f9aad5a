import { createHash } from "node:crypto";
import { Hono } from "npm:hono@^4";
import { implement, RpcError, ticketHandler } from "@ticketlink/ticketlink/server";
import { Files } from "./contract.ts";

/** A Hono app with the service at `/rpc`. */
export const app = new Hono();

/** The handler, to be stopped when the server goes. */
export const handler = ticketHandler(implement(Files, {
  async upload(chunks, ctx) {
    const name = ctx.metadata.find(([key]) => key === "file-name")?.[1];
    if (typeof name !== "string") throw new RpcError("invalid_argument", "Metadata must name the file");
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    return { name, bytes, sha256: hash.digest("hex") };
  },
}));

app.all("/rpc", handler);
