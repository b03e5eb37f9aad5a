/**
 * What Deno keeps of a read of a request's body that is pending when its response ends, measured on a bare `Deno.serve()`.
 * The soak holds its own server's heap against that.
 *
 * @module
 */
import { answer } from "./child_process.ts";
import { pause } from "./pause.ts";
import { comeToRest } from "./rest.ts";

/** What one such read costs, for as long as the process runs. */
export interface KeptReadCost {
  /** How many it was measured with. */
  readonly reads: number;
  readonly heapBytes: number;
  readonly processBytes: number;
}

const WARM_UP_READS = 300;
const READS = 1_200;
const AT_ONCE = 20;
const REQUEST = "POST / HTTP/1.1\r\nhost: control\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";

/** Ends the response while a read of the request is pending, as a server must whose client has fallen silent. */
async function end(request: Request, response: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
  const reader = request.body?.getReader();
  if (reader === undefined) throw new Error("A request came without a body");
  await reader.read();
  const pending = reader.read();
  await pause(20);
  await reader.cancel();
  await pending;
  reader.releaseLock();
  response.close();
}

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
  // What every handler looks at: what is kept of the read keeps the request, and what has been made of it.
  if (new URL(request.url).pathname !== "/" || request.headers.get("host") === null) {
    return new Response(null, { status: 404 });
  }
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Uint8Array.of(1));
      void end(request, controller);
    },
  });
  return new Response(body);
});

/** Opens an exchange, and says nothing more until the server has ended it. */
async function exchange(): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  await connection.write(new TextEncoder().encode(REQUEST));
  const buffer = new Uint8Array(1_024);
  let text = "";
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    text += new TextDecoder("latin1").decode(buffer.subarray(0, read));
    if (text.endsWith("0\r\n\r\n")) return;
  }
}

async function measured(reads: number): Promise<Pick<KeptReadCost, "heapBytes" | "processBytes">> {
  for (let done = 0; done < reads; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, exchange));
  return await comeToRest(() => ({ operations: 0, exchanges: 0, timers: 0 }));
}

const before = await measured(WARM_UP_READS);
const after = await measured(READS);
const cost: KeptReadCost = {
  reads: READS,
  heapBytes: Math.round((after.heapBytes - before.heapBytes) / READS),
  processBytes: Math.round((after.processBytes - before.processBytes) / READS),
};
answer(cost);
await server.shutdown();
