/** P9.20, P9.11, P10.2: calls of all kinds with limits that are far too small for them lose nothing, and leave nothing. */
import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@^4";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  implement,
  serverStreaming,
  ticketHandler,
  unary,
} from "../../mod.ts";
import { IS_NIGHTLY } from "../nightly.ts";
import { seededRandom } from "../seeded_random.ts";

interface Message {
  readonly number: number;
  readonly bytes: Uint8Array;
}

const Echo = defineService("demo.Echo", {
  one: unary<Message, Message>(),
  up: clientStreaming<Message, number>(),
  down: serverStreaming<{ readonly count: number; readonly size: number }, Message>(),
  both: bidiStreaming<Message, Message>(),
});

const CALLS = 60;
const KINDS = ["one", "up", "down", "both"] as const;

function message(number: number, size: number): Message {
  return { number, bytes: new Uint8Array(size).fill(number + 1) };
}

function check({ number, bytes }: Message, expected: number): void {
  assertEquals(number, expected);
  assertEquals(bytes.every((byte) => byte === expected + 1), true, `Message ${number} has other bytes`);
}

function* messages(count: number, size: number): Generator<Message> {
  for (let number = 0; number < count; number++) yield message(number, size);
}

async function drain(stream: AsyncIterable<Message>): Promise<number> {
  let count = 0;
  for await (const each of stream) check(each, count++);
  return count;
}

for (let seed = 1; seed <= (IS_NIGHTLY ? 200 : 8); seed++) {
  Deno.test(`P9.20 calls with limits that are too small for them lose and leave nothing, seed ${seed}`, async () => {
    const random = seededRandom(seed);
    const pick = <Value>(...values: readonly Value[]): Value => random.pick(values);
    let running = 0;
    const handler = ticketHandler(
      implement(Echo, {
        one: (request) => request,
        up: drain,
        async *down({ count, size }) {
          running += 1;
          try {
            yield* messages(count, size);
          } finally {
            running -= 1;
          }
        },
        async *both(requests) {
          running += 1;
          try {
            for await (const each of requests) yield each;
          } finally {
            running -= 1;
          }
        },
      }),
      {
        limits: {
          maxBufferedBytes: pick(10_000, 100_000, 1_000_000),
          maxOperations: pick(1, 2, 3, 10),
          maxExchangeBytes: pick(20_000, 300_000, 67_108_864),
        },
      },
    );
    const app = new Hono().all("/rpc", handler);
    const client = createClient(Echo, "/rpc", {
      fetch: (url, init) => app.request(url, init),
      exchange: pick("duplex", "pair"),
      limits: { maxBufferedBytes: pick(10_000, 100_000, 1_000_000) },
      flow: { maxWindowPayloads: pick(1, 3, 1_024) },
    });
    const maxSize = pick(100, 10_000, 300_000);
    const call = async (): Promise<void> => {
      const [count, size] = [random.integer(0, 9), random.integer(0, maxSize)];
      const isLeft = random.chance(0.2);
      const kind = pick(...KINDS);
      if (kind === "one") return check(await client.one(message(count, size)), count);
      if (kind === "up") return assertEquals(await client.up(messages(count, size)), count);
      const stream = kind === "down" ? client.down({ count, size }) : client.both(messages(count, size));
      if (!isLeft) return assertEquals(await drain(stream), count);
      await stream.next();
      await stream.return();
    };
    let begun = 0;
    const lane = async (): Promise<void> => {
      while (begun++ < CALLS) await call();
    };
    await Promise.all(Array.from({ length: pick(1, 5, 30) }, lane));
    await client[Symbol.asyncDispose]();
    await handler.stop(1_000);
    assertEquals(running, 0);
  });
}
