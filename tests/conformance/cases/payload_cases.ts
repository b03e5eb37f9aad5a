import { assert, assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { collect } from "../stage.ts";

/** Values of all types that CBOR can say, and where each type ends. */
const VALUES: Readonly<Record<string, unknown>> = {
  nothing: [undefined, null],
  booleans: [true, false],
  integers: [0, 1, -1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1],
  floats: [0.1, -1.5, 1e300, Number.MIN_VALUE, Infinity, -Infinity, NaN],
  bigints: [2n ** 63n, -(2n ** 63n), 2n ** 64n, 2n ** 200n, -(2n ** 200n)],
  texts: ["", "Ada", "Zoë, 日本語, 🎟️", "\u0000", "x".repeat(70_000)],
  bytes: [new Uint8Array(0), Uint8Array.of(0, 127, 255), new Uint8Array(70_000).fill(7)],
  numbers: [Float64Array.of(0.5, -2), Int32Array.of(-1, 2), Uint16Array.of(65_535), Float32Array.of(1.5)],
  dates: [new Date(0), new Date(1_700_000_000_123), new Date(-1)],
  maps: [new Map(), new Map<unknown, unknown>([[1, "a"], ["b", new Map([[true, null]])]])],
  sets: [new Set(), new Set([1, "a", null])],
  arrays: [[], [[[]]], [1, "a", [2, { b: 3 }]]],
  objects: [{}, { a: 1, "": 2, "a b": { c: [] } }],
};

const LARGE_BYTES = 4 * 1_024 * 1_024 - 1_024;

function* blocks(count: number, bytes: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes).fill(i);
}

/** What messages can be. */
export const PAYLOAD_CASES = casesFor("calls", {
  async "values of all types come back as they were"(stage) {
    const client = stage.client();
    for (const [type, values] of Object.entries(VALUES)) {
      const echoed = await client.echo({ type, values });
      assertEquals(echoed, { type, values });
    }
  },

  async "bytes come back as bytes and nothing else"(stage) {
    const echoed = await stage.client().echo(Uint8Array.of(1, 2, 3));
    assert(echoed instanceof Uint8Array, "It is no Uint8Array");
    assertEquals(Object.getPrototypeOf(echoed) === Uint8Array.prototype, true);
  },

  async "a message of 4 MiB goes up and comes down"(stage) {
    const bytes = new Uint8Array(LARGE_BYTES);
    for (let i = 0; i < bytes.length; i += 997) bytes[i] = i;
    const echoed = await stage.client().echo(bytes);
    assert(echoed instanceof Uint8Array && echoed.length === bytes.length, "It is not as long as it was");
    assert(bytes.every((byte, index) => byte === echoed[index]), "It is not what it was");
  },

  async "a message above the limit is refused, and the next is not"(stage) {
    const client = stage.client();
    await stage.assertFails(client.echo(new Uint8Array(LARGE_BYTES + 2_048)), "resource_exhausted");
    assertEquals(await client.echo(1), 1);
  },

  async "ten thousand small messages come down"(stage) {
    const messages = await collect(stage.client().count(10_000));
    assertEquals([messages.length, messages.at(-1)], [10_000, 9_999]);
  },

  async "five thousand small messages go up"(stage) {
    assertEquals(await stage.client().sum(Array<number>(5_000).fill(2)), 10_000);
  },

  async "8 MiB in messages of 64 KiB come down"(stage) {
    let bytes = 0;
    const production = { key: stage.key, count: 128, bytes: 65_536, everyMs: 0 };
    for await (const message of stage.client().produce(production)) bytes += message.byteLength;
    assertEquals(bytes, 8_388_608);
  },

  async "2 MiB in messages of 64 KiB go up"(stage) {
    assertEquals(await stage.client().weigh(blocks(32, 65_536)), 2_097_152);
  },

  async "messages of any size around those of packets and buffers come back"(stage) {
    const client = stage.client();
    for (const bytes of [0, 1, 1_000, 1_024, 1_460, 16_384, 65_535, 65_536, 70_000]) {
      const echoed = await client.echo(new Uint8Array(bytes));
      assertEquals(echoed instanceof Uint8Array && echoed.length, bytes);
    }
  },
});
