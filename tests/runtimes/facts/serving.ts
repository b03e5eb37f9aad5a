import * as library from "../../../src/client.ts";
import type { TicketHandlerOptions } from "../../../src/server.ts";
import { type ConformanceClient, conformanceContract } from "../../conformance/contract.ts";
import { Child } from "../child.ts";
import type { Installation } from "../install.ts";

/** How a server is set up, beside what all are. */
export interface Serving {
  readonly serverOptions?: Readonly<Record<string, number>>;
  readonly handlerOptions?: TicketHandlerOptions;
}

/** Starts a server of its own on Node or Bun, over cleartext. */
export async function serve(
  runtime: "node" | "bun",
  { programs, bundles, certificate: { cert, key } }: Installation,
  serving: Serving,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const bundle = bundles.get(`server_${runtime}`) ?? "";
  const child = new Child(programs[runtime], [bundle, cert, key, JSON.stringify(serving)]);
  const { plain } = await child.next() as { plain: number };
  return { url: `http://127.0.0.1:${plain}/rpc`, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** Makes a client on Deno. */
export function clientOf(url: string, options: library.UrlClientOptions): ConformanceClient & AsyncDisposable {
  return library.createClient(conformanceContract(library), url, options);
}

/** The code that a call fails with; `ok` if it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(() => "ok", (error) => error instanceof library.RpcError ? error.code : String(error));
}

/** Deno's `fetch` with the authority that is behind the certificate of the servers. */
export async function trustingFetch(
  { certificate }: Installation,
): Promise<{ readonly fetch: (url: string, init: RequestInit) => Promise<Response> } & Disposable> {
  const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(certificate.authority)] });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}
