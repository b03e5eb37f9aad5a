/**
 * Makes calls that together hold more than they may, and says how each ended. To be run in a process of its own, which an
 * unhandled rejection ends.
 *
 * @module
 */
import { Hono } from "npm:hono@^4";
import { createClient, defineService, implement, RpcError, ticketHandler, unary } from "../../../mod.ts";

/** What is called how often, and over what. */
export interface Crowd {
  readonly calls: number;
  readonly bytes: number;
  readonly exchange: "auto" | "duplex" | "single" | "pair" | "socket";
  readonly limits?: { readonly maxBufferedBytes: number };
  /** Milliseconds that the `fetch` takes before it makes the request, as one that gets a token first. */
  readonly fetchDelayMs?: number;
}

if (import.meta.main) await run(JSON.parse(Deno.args[0] ?? ""));

async function run({ calls, bytes, fetchDelayMs, ...options }: Crowd): Promise<void> {
  const contract = defineService("test.Store", { put: unary<Uint8Array, number>() });
  await using handler = ticketHandler(implement(contract, { put: (message) => message.byteLength }));
  const app = new Hono().all("/rpc", handler);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  const delayed = async (url: string, init: RequestInit): Promise<Response> => {
    await new Promise((resolve) => setTimeout(resolve, fetchDelayMs));
    return await fetch(url, init);
  };
  const url = `http://127.0.0.1:${server.addr.port}/rpc`;
  await using client = createClient(
    contract,
    url,
    fetchDelayMs === undefined ? options : { ...options, fetch: delayed },
  );
  const settled = await Promise.allSettled(Array.from({ length: calls }, () => client.put(new Uint8Array(bytes))));
  const ends = settled.map((call) => call.status === "fulfilled" ? "ok" : endOf(call.reason));
  // What rejects late rejects in this turn, or when the requests are through.
  await new Promise((resolve) => setTimeout(resolve, 200));
  console.log(JSON.stringify(ends));
}

function endOf(error: unknown): string {
  return error instanceof RpcError ? error.code : `no RpcError: ${error}`;
}
