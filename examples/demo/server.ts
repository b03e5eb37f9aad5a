import { createHash } from "node:crypto";
import { Hono } from "npm:hono@^4";
import { implement, type TicketHandler, ticketHandler } from "@ticketlink/ticketlink/server";
import { Library } from "./contract.ts";

/** Serves one text at `/rpc`. */
export function library(text: string): { app: Hono; handler: TicketHandler } {
  const lines = text.split("\n");
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const handler = ticketHandler(implement(Library, {
    describe: () => ({ bytes: new TextEncoder().encode(text).byteLength, lines: lines.length }),
    async *lines() {
      yield* lines;
    },
    async store(chunks) {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.byteLength;
      }
      return { bytes, sha256: hash.digest("hex") };
    },
    async *count(asked) {
      for await (const word of asked) yield { word, count: words.filter((other) => other === word).length };
    },
  }));
  return { app: new Hono().all("/rpc", handler), handler };
}
