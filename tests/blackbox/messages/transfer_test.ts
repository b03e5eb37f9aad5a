/** Messages whose buffer their receiver transfers: others stay as they are, also those of other calls. */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import {
  bytesSerializer,
  createClient,
  defineService,
  implement,
  serverStreaming,
  ticketHandler,
} from "../../../mod.ts";

interface Wanted {
  readonly count: number;
  readonly bytes: number;
}

const Bytes = defineService("test.Bytes", {
  plain: serverStreaming<Wanted, Uint8Array>(),
  nested: serverStreaming<Wanted, { readonly data: Uint8Array }>(),
  raw: serverStreaming<Wanted, Uint8Array>({ outputSerializer: bytesSerializer }),
});

async function* messages({ count, bytes }: Wanted): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes).fill(i);
}

async function* nested(wanted: Wanted): AsyncGenerator<{ data: Uint8Array }> {
  for await (const data of messages(wanted)) yield { data };
}

const handler = ticketHandler(implement(Bytes, { plain: messages, nested, raw: messages }));

/** Takes the streams of two calls side by side and transfers the buffer of each second message. */
async function takeTwo(streams: readonly AsyncIterable<Uint8Array>[]): Promise<readonly number[][]> {
  return await Promise.all(streams.map(async (stream) => {
    const fills: number[] = [];
    for await (const { buffer, length, 0: fill = -1 } of stream) {
      fills.push(length > 0 ? fill : -1);
      if (fills.length % 2 === 1 && buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] });
    }
    return fills;
  }));
}

async function* dataOf(stream: AsyncIterable<{ readonly data: Uint8Array }>): AsyncGenerator<Uint8Array> {
  for await (const { data } of stream) yield data;
}

for (const exchange of ["single", "duplex"] as const) {
  for (const bytes of [100, 4_096, 65_536]) {
    const wanted: Wanted = { count: 40, bytes };
    const whole = Array.from({ length: 40 }, (_, i) => i);

    for (const kind of ["plain", "nested", "raw"] as const) {
      if (kind === "raw" && bytes < 4_096) continue;
      Deno.test(`${kind} messages of ${bytes} bytes on ${exchange} outlive a transfer of their neighbours`, async () => {
        await using server = Deno.serve(
          { hostname: "127.0.0.1", port: 0, onListen: () => {} },
          new Hono().all("/rpc", handler).fetch,
        );
        await using client = createClient(Bytes, `http://127.0.0.1:${server.addr.port}/rpc`, { exchange });
        const streams = [1, 2].map(() => kind === "nested" ? dataOf(client.nested(wanted)) : client[kind](wanted));
        assertEquals(await takeTwo(streams), [whole, whole]);
      });
    }
  }
}
