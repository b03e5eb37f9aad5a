/** A frame costs what its bytes cost, however they are cut into chunks (P3.5, P10.1). */
import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import { createClient, defineService, implement, ticketHandler, unary } from "../../../mod.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { END, frame, hello, type Item, join, opening } from "../core/frames.ts";
import { inWords, leastCostOf } from "./cost.ts";

/** Bytes of the larger frame: 1 MiB at full size. */
const LARGE = IS_NIGHTLY ? 2 ** 20 : 2 ** 18;
const SMALL = LARGE / 4;
/** Four times the bytes may cost so much more: four times as much, and what the machine adds. */
const MOST_GROWTH = 8;
/** A byte in a chunk of its own may cost so much more than to read it from a stream. */
const MOST_OF_READING = 4;
const MEDIA_TYPE = { "content-type": "application/vnd.ticketlink+cbor-seq" };

const Weighing = defineService("cost.Weighing", {
  give: unary<void, Uint8Array>(),
  take: unary<Uint8Array, number>(),
});

/** A body in chunks of one byte each. */
function inSingleBytes(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, ++at));
    },
  });
}

async function readAll(body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

/** A message that is a byte string, as the default serializer writes it. */
function messageOf(length: number): Uint8Array {
  return join([
    Uint8Array.of(0x5a, length >>> 24, length >>> 16 & 255, length >>> 8 & 255, length & 255),
    new Uint8Array(length),
  ]);
}

/** Fails unless reading in single bytes costs in proportion to the bytes. */
async function costsInProportion(
  body: (length: number) => Uint8Array,
  read: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const [small, large] = [body(SMALL), body(LARGE)];
  await read(small); // what is compiled at first is not measured
  const costs = [await leastCostOf(3, () => read(small)), await leastCostOf(3, () => read(large))];
  const control = await leastCostOf(3, () => readAll(inSingleBytes(large)));
  const said = `${SMALL} bytes: ${inWords(costs[0]!)}; ${LARGE} bytes: ${inWords(costs[1]!)}; read alone: ${
    inWords(control)
  }`;
  assert(costs[1]!.cpuMs < costs[0]!.cpuMs * MOST_GROWTH, said);
  assert(costs[1]!.cpuMs < control.cpuMs * MOST_OF_READING, said);
}

/** A response with one large message. */
function response(length: number): Uint8Array {
  const greeting = frame([-1, new Map<number, Item>([[0, [1]], [6, [1]]])]);
  return join([greeting, frame([1, new Map<number, Item>([[3, 0], [10, 0]]), messageOf(length)]), END]);
}

Deno.test("a client reads a large frame that comes in single bytes in linear time", async () => {
  await costsInProportion(response, async (bytes) => {
    const fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
      if (body instanceof ReadableStream) await readAll(body);
      return new Response(inSingleBytes(bytes), { headers: MEDIA_TYPE });
    };
    await using client = createClient(Weighing, "http://demo.example/rpc", { exchange: "single", fetch });
    assert((await client.give()).length >= SMALL);
  });
});

Deno.test("a server reads a large frame that comes in single bytes in linear time", async () => {
  const handler = ticketHandler(implement(Weighing, { give: () => new Uint8Array(), take: ({ length }) => length }));
  const app = new Hono().all("/rpc", handler);
  const request = (length: number): Uint8Array =>
    join([hello("single"), opening(1, Weighing.name, "take", { message: messageOf(length) }), END]);
  await costsInProportion(request, async (bytes) => {
    const body = inSingleBytes(bytes);
    const answer = await app.request("/rpc", { method: "POST", headers: MEDIA_TYPE, body });
    assertEquals(answer.status, 200);
    await answer.arrayBuffer();
  });
  await handler.stop(0);
});
