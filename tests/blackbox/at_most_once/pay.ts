import { createClient, RpcError } from "../../../src/client.ts";
import { Bank } from "./contract.ts";

/** One payment that a client makes. */
export interface Plan {
  readonly url: string;
  readonly exchange: "auto" | "single" | "duplex" | "pair" | "socket";
  readonly method: "pay" | "payAll";
  /** Whether connections are left behind before that can be used again. */
  readonly isWarm?: boolean;
}

/** What came of it. */
export interface Outcome {
  readonly code: string;
  readonly message: string;
}

/** Makes a payment. */
export async function pay({ url, exchange, method, isWarm }: Plan): Promise<Outcome> {
  // Node 20 has no `await using`.
  const client = createClient(Bank, url, { exchange, timeouts: { probeTimeoutMs: 1_000 } });
  if (isWarm) await Promise.all([1, 2, 3].map(() => fetch(url, { method: "POST", body: "x" }).then((it) => it.text())));
  try {
    const options = { timeoutMs: 6_000 };
    if (method === "pay") return { code: "ok", message: await client.pay(100, options) };
    for await (const message of client.payAll(amounts(), options)) return { code: "ok", message };
    return { code: "ok", message: "nothing" };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { code: error.code, message: error.message };
  } finally {
    await client[Symbol.asyncDispose]();
  }
}

async function* amounts(): AsyncGenerator<number> {
  yield 100;
  // The request goes on.
  await new Promise((resolve) => setTimeout(resolve, 300));
}
