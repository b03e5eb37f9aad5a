/** The serializer on cbor-x: what comes back, that each message stands alone, and that nobody shares its bytes. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { Hono } from "npm:hono@^4";
import { bidiStreaming, createClient, defineService, implement, ticketHandler } from "../../mod.ts";
import { cborXSerializer } from "../../src/cbor_x.ts";

function thereAndBack<Message>(message: Message): Message {
  return cborXSerializer().deserialize(cborXSerializer().serialize(message));
}

/** Rows of a shape that the name tells. */
function rows(name: string, count = 5): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => ({ [name]: i, common: `${name} ${i}` }));
}

Deno.test("cborXSerializer() gives back values of every kind", () => {
  for (
    const value of [
      ...[undefined, null, true, false, 0, 23, -24, 255, 2 ** 32, -(2 ** 40), 1.5, NaN, Infinity, "", "水 😀"],
      ...[5n, -5n, 2n ** 64n, -(2n ** 64n), 2n ** 200n, "x".repeat(100_000), "ä".repeat(5_000)],
      ...[[], {}, [{}, {}], { a: { a: { a: 1 } } }, rows("a"), [[rows("a")], rows("b")], {
        b: 1,
        a: [{ a: 1 }, { b: 2 }],
      }],
      [{ a: 1 }, { a: 1, b: undefined }, { b: 1, a: 2 }, { a: 1 }],
      { 1: "one", constructor: "Ferrari", prototype: 1, hasOwnProperty: 2, toString: 3, "": 4 },
      new Map<unknown, unknown>([[1, { a: 1 }], [{ a: 2 }, new Map()], ["k", "v"]]),
      new Set<unknown>([1, "a", { a: 1 }, { a: 2 }]),
      [new Date(0), new Date(-1), new Date(1_234_567_890_123), new Date(8.64e15)],
      [
        new Uint8Array([1, 2]),
        new Uint8ClampedArray(3),
        new Int8Array(2),
        new Uint16Array([1]),
        new Float32Array([0.5]),
      ],
      [new Int32Array([-1]), new Float64Array([Math.PI]), new BigInt64Array([-1n]), new BigUint64Array([2n ** 63n])],
    ]
  ) {
    assertEquals(thereAndBack(value), value);
  }
});

Deno.test("cborXSerializer() reads each message by itself: in another order, with some lost, from many at once", () => {
  const senders = [cborXSerializer(), cborXSerializer(), cborXSerializer()];
  const messages = Array.from({ length: 60 }, (_, i) => ({ i, rows: rows(`column ${i % 7}`), [`extra ${i % 5}`]: i }));
  const sent = messages.map((message, i) => senders[i % senders.length]!.serialize(message));
  const order = messages.map((_, i) => (i * 23) % messages.length).filter((i) => i % 4 !== 1);
  const receiver = cborXSerializer();
  for (const i of order) {
    assertEquals(receiver.deserialize<unknown>(sent[i]!), messages[i]);
    // A receiver is a sender, too, and neither is the other's business.
    assertEquals(cborXSerializer().deserialize<unknown>(receiver.serialize(messages[i])), messages[i]);
    assertEquals(receiver.serialize(messages[i]), sent[i]);
  }
});

Deno.test("cborXSerializer() gives back a message of more shapes than cbor-x has numbers for", () => {
  const message = Array.from({ length: 2_000 }, (_, i) => ({ [`a${i % 700}`]: i, nested: rows(`b${i % 300}`, 2) }));
  const serializer = cborXSerializer();
  assertEquals(serializer.deserialize<unknown>(serializer.serialize(message)), message);
  assertEquals(serializer.deserialize<unknown>(serializer.serialize(message)), message);
});

Deno.test("cborXSerializer() is not spoilt by keys that cbor-x uses itself", () => {
  const serializer = cborXSerializer();
  const messages = [[{ a: 1, __keys__: 2 }, { a: 1 }], [{ a: 3 }, { a: 1, __keys__: 2 }], [{ __keys__: 1 }, {}, {
    a: 1,
  }]];
  for (const message of messages) {
    assertEquals(serializer.deserialize<unknown>(serializer.serialize(message)), message);
  }
});

Deno.test("cborXSerializer() refuses a key __proto__, which cbor-x would rename", () => {
  const serializer = cborXSerializer();
  const hostile: unknown = JSON.parse('{ "a": [{ "__proto__": { "admin": true } }] }');
  assertThrows(() => serializer.serialize(hostile), TypeError, "__proto__");
  assertThrows(() => serializer.serialize(new Map([["__proto__", 1]])), TypeError, "__proto__");
});

Deno.test("cborXSerializer() writes bytes that are the caller's: plain, and not changed by the next message", () => {
  const serializer = cborXSerializer();
  const messages = ["first", "x".repeat(3_000_000), "second", rows("a", 500)];
  const sent = messages.map((message) => serializer.serialize(message));
  const before = sent.map((bytes) => bytes.slice());
  for (let i = 0; i < 100; i++) cborXSerializer().serialize(rows("b", 100));
  assertEquals(sent, before);
  for (const bytes of sent) {
    assertStrictEquals(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    assertEquals(bytes.buffer.byteLength, bytes.length);
  }
});

Deno.test("cborXSerializer() reads bytes that nothing in the value shares, and leaves them as they are", () => {
  const message = {
    bytes: new Uint8Array([1, 2, 3]),
    more: new Uint8Array(5_000).fill(7),
    floats: new Float64Array([1, 2]),
  };
  const serializer = cborXSerializer();
  for (const received of [serializer.serialize(message), Buffer.from(serializer.serialize(message))]) {
    const shown = Object.keys(received).length;
    const value = serializer.deserialize<typeof message>(received);
    received.fill(0xff);
    assertEquals(value, message);
    assertStrictEquals(Object.getPrototypeOf(value.bytes), Uint8Array.prototype);
    assertEquals(Object.keys(received).length, shown);
    const buffers = [value.bytes, value.more, value.floats].map(({ buffer }) => buffer);
    assertEquals(new Set([...buffers, received.buffer]).size, 4);
    assertEquals(buffers.map(({ byteLength }) => byteLength), [3, 5_000, 16]);
  }
});

Deno.test("cborXSerializer() goes on after a message that has no encoding, and bytes that are none", () => {
  const serializer = cborXSerializer();
  const good = rows("a");
  const bytes = serializer.serialize(good);
  assertThrows(() => serializer.serialize([{ a: 1, common: rows("c") }, { a: 1, common: () => 1 }]), Error, "function");
  assertEquals(serializer.serialize(good), bytes);
  for (let end = 0; end < bytes.length; end++) assertThrows(() => serializer.deserialize(bytes.subarray(0, end)));
  assertThrows(() => serializer.deserialize(new Uint8Array([...bytes, 0])), Error, "end of buffer");
  assertEquals(serializer.deserialize<unknown>(bytes), good);
});

Deno.test("cborXSerializer() refuses a message that is serialized while another one is", () => {
  const serializer = cborXSerializer();
  const message = {
    get inner(): Uint8Array {
      return cborXSerializer().serialize("inner");
    },
  };
  assertThrows(() => serializer.serialize([1, message]), TypeError, "getter");
  assertEquals(thereAndBack(rows("a")), rows("a"));
});

Deno.test("cborXSerializer() serves calls that run at once", async () => {
  const Echo = defineService("test.Echo", {
    echo: bidiStreaming<unknown, unknown>({ serializer: cborXSerializer() }),
  });
  await using handler = ticketHandler(implement(Echo, {
    async *echo(messages) {
      for await (const message of messages) yield message;
    },
  }));
  const app = new Hono().all("/rpc", handler);
  await using client = createClient(Echo, "/rpc", { fetch: app.request });
  await Promise.all(Array.from({ length: 20 }, async (_, call) => {
    const messages = Array.from({ length: 10 }, (_, i) => rows(`shape ${(call + i) % 6}`));
    const echoed: unknown[] = [];
    for await (const message of client.echo(messages)) echoed.push(message);
    assertEquals(echoed, messages);
  }));
});

Deno.test("cborXSerializer() writes the names of a shape once a message", () => {
  const { serialize } = cborXSerializer();
  const one = serialize(rows("a long name", 1)).length;
  const each = (serialize(rows("a long name", 11)).length - one) / 10;
  assert(each < one / 2);
});
