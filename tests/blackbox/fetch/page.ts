/// <reference lib="dom" />
/** Makes one call from a page; bundled for it, and called through `page.evaluate`. */
import { createClient, type ExchangeKind, RpcError } from "@ticketlink/ticketlink/client";
import { CONTRACT } from "./contract.ts";

/** How the call has failed. */
export interface Told {
  readonly code: string;
  readonly message: string;
}

async function callRedirected(exchange: "auto" | ExchangeKind): Promise<Told | string> {
  const client = createClient(CONTRACT, "/rpc", { exchange, headers: { "x-api-key": "k3y" }, timeoutMs: 3_000 });
  try {
    return await client.hello("Ada");
  } catch (error) {
    return error instanceof RpcError ? { code: error.code, message: error.message } : String(error);
  }
}

Object.assign(globalThis, { callRedirected });
