import { assertEquals } from "@std/assert";
import { createClient, defineService, implement, serverStreaming, unary } from "../../../mod.ts";
import { type Carrier, CARRIERS, outcomeOf, SHARED_CARRIERS, Site, tally } from "./site.ts";

const Large = defineService("core.Large", {
  take: unary<Uint8Array, number>(),
  give: unary<number, Uint8Array>(),
  echo: unary<Uint8Array, Uint8Array>(),
  blobs: serverStreaming<number, Uint8Array>(),
});

const large = implement(Large, {
  take: ({ length }) => length,
  give: (length) => new Uint8Array(length),
  echo: (bytes) => bytes,
  async *blobs(length) {
    for (;;) yield new Uint8Array(length);
  },
});

/** Long enough for what succeeds; what hangs is given up then. */
const LIMIT_MS = 4_000;
const CALL = { timeoutMs: LIMIT_MS - 500 };

/** What comes of calls that are made in one turn. */
async function outcomes(count: number, call: () => Promise<unknown>): Promise<Record<string, number>> {
  return tally(await Promise.all(Array.from({ length: count }, () => outcomeOf(call(), LIMIT_MS))));
}

async function uploads(exchange: Carrier, count: number, bytes: number, maxBufferedBytes: number): Promise<void> {
  await using site = new Site(large, { limits: { maxBufferedBytes } });
  await using client = createClient(Large, site.url, { exchange, limits: { maxBufferedBytes }, onError: () => {} });
  const request = new Uint8Array(bytes);
  assertEquals(await outcomes(count, () => client.take(request, CALL)), { [bytes]: count });
}

async function answers(exchange: Carrier, count: number, bytes: number, maxBufferedBytes: number): Promise<void> {
  await using site = new Site(large, { limits: { maxBufferedBytes } });
  await using client = createClient(Large, site.url, { exchange, limits: { maxBufferedBytes }, onError: () => {} });
  assertEquals(await outcomes(count, () => client.give(bytes, CALL)), { [`${bytes} bytes`]: count });
}

const SMALL_BUFFERS = "with buffers of 1,000,000 bytes";

for (const carrier of SHARED_CARRIERS) {
  Deno.test(`80 uploads of 100 KB at once all succeed ${SMALL_BUFFERS}, on ${carrier}`, () => {
    return uploads(carrier, 80, 100_000, 1_000_000);
  });
  Deno.test(`80 answers of 100 KB at once all succeed ${SMALL_BUFFERS}, on ${carrier}`, () => {
    return answers(carrier, 80, 100_000, 1_000_000);
  });
}

const ONE = "One message of 1 MB gets through buffers of 100,000 bytes";
const TEN = "Ten messages of 1 MB queue for buffers of 100,000 bytes";

for (const carrier of CARRIERS) {
  Deno.test(`${ONE}, up, on ${carrier}`, () => uploads(carrier, 1, 1_000_000, 100_000));
  Deno.test(`${TEN}, up, on ${carrier}`, () => uploads(carrier, 10, 1_000_000, 100_000));
  Deno.test(`${ONE}, down, on ${carrier}`, () => answers(carrier, 1, 1_000_000, 100_000));
  Deno.test(`${TEN}, down, on ${carrier}`, () => answers(carrier, 10, 1_000_000, 100_000));
}

/** Readers that have stopped must not cost others their place, whatever waits for them. */
async function othersGoOn(exchange: Carrier): Promise<void> {
  await using site = new Site(large);
  await using client = createClient(Large, site.url, { exchange, onError: () => {} });
  const paused = Array.from({ length: 4 }, () => client.blobs(1_000_000)[Symbol.asyncIterator]());
  const firsts = await Promise.all(paused.map((reader) => outcomeOf(reader.next().then(({ value }) => value))));
  const request = new Uint8Array(100_000);
  const others = await outcomes(20, () => client.echo(request, CALL));
  await Promise.all(paused.map((reader) => reader.return?.()));
  assertEquals(tally(firsts), { "1000000 bytes": 4 });
  assertEquals(others, { "100000 bytes": 20 });
}

for (const carrier of CARRIERS) {
  Deno.test(`Calls go on beside four streams that nobody reads, on ${carrier}`, () => othersGoOn(carrier));
}
