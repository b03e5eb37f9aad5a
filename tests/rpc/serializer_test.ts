import { assertEquals, assertNotStrictEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { CborError } from "../../src/cbor/cbor_error.ts";
import {
  bytesSerializer,
  cborSerializer,
  cborSerializerWith,
  createClient,
  defineService,
  implement,
  jsonSerializer,
  RpcError,
  textSerializer,
  unary,
} from "../../mod.ts";
import { serving } from "./_serving.ts";

const VALUES: readonly unknown[] = [
  undefined,
  null,
  false,
  0,
  -1.5,
  12n,
  "",
  "ä€😀",
  new Uint8Array([1, 2]),
  new Float64Array([0.5]),
  new Date(86_400_000),
  new Map<unknown, unknown>([[1, "one"]]),
  new Set(["a"]),
  [[], { a: { b: undefined } }],
];

for (const value of VALUES) {
  Deno.test(`cborSerializer carries ${Deno.inspect(value, { compact: true, breakLength: Infinity })}`, () => {
    assertEquals(cborSerializer.deserialize(cborSerializer.serialize(value)), value);
  });
}

Deno.test("cborSerializer gives plain bytes that the next message does not change", () => {
  const first = cborSerializer.serialize([1, 2, 3]);
  const copy = new Uint8Array(first);
  cborSerializer.serialize([4, 5, 6]);
  assertStrictEquals(first.constructor, Uint8Array);
  assertEquals(first, copy);
});

Deno.test("cborSerializer refuses a function", () => {
  assertThrows(() => cborSerializer.serialize(() => {}), CborError, "a function has no encoding");
});

Deno.test("cborSerializer refuses bytes after the item", () => {
  assertThrows(() => cborSerializer.deserialize(new Uint8Array([0x01, 0x02])), Error, "1 bytes follow");
});

Deno.test("bytesSerializer sends a copy", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const sent = bytesSerializer.serialize(bytes);
  assertEquals(sent, bytes);
  assertNotStrictEquals(sent.buffer, bytes.buffer);
});

Deno.test("bytesSerializer gives received bytes from 4 KiB on a buffer of their own", () => {
  const chunk = new Uint8Array(10_000).fill(1);
  const bytes = bytesSerializer.deserialize(chunk.subarray(100, 4_196));
  structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
  assertEquals([bytes, bytes.buffer.byteLength], [new Uint8Array(4_096).fill(1), 4_096]);
});

Deno.test("bytesSerializer hands small received bytes on as they are", () => {
  const bytes = new Uint8Array(4_095);
  assertStrictEquals(bytesSerializer.deserialize(bytes), bytes);
});

Deno.test("bytesSerializer refuses what is no bytes", () => {
  assertThrows(
    () => bytesSerializer.serialize("text" as unknown as Uint8Array),
    TypeError,
    "got a value of type string",
  );
});

Deno.test("textSerializer carries text, a leading U+FEFF included", () => {
  assertEquals(textSerializer.deserialize(textSerializer.serialize("\uFEFFä😀")), "\uFEFFä😀");
});

Deno.test("textSerializer refuses what is no text", () => {
  assertThrows(() => textSerializer.serialize(5 as unknown as string), TypeError, "got a value of type number");
});

Deno.test("textSerializer refuses bytes that are no UTF-8", () => {
  assertThrows(() => textSerializer.deserialize(new Uint8Array([0xc3])), TypeError);
});

Deno.test("bytesSerializer copies an ArrayBuffer, too", () => {
  const { buffer } = new Uint8Array([1, 2, 3]);
  // The cast stands for a caller without types.
  const sent = bytesSerializer.serialize(buffer as unknown as Uint8Array);
  new Uint8Array(buffer).fill(0);
  assertEquals(sent, new Uint8Array([1, 2, 3]));
});

Deno.test("a call sends a Blob as its bytes, and says so if it cannot be read", async () => {
  const Any = defineService("test.Any", { back: unary<unknown, unknown>() });
  await using service = serving(implement(Any, { back: (message) => message }));
  const client = createClient(Any, service.end);
  assertEquals(await client.back(new Blob([new Uint8Array([1, 2, 3])])), new Uint8Array([1, 2, 3]));
  const gone = new Blob();
  gone.arrayBuffer = () => Promise.reject(new Error("The file is gone"));
  await assertRejects(() => client.back(gone), RpcError, "test.Any/back: The file is gone");
});

Deno.test("jsonSerializer writes JSON as UTF-8", () => {
  assertEquals(new TextDecoder().decode(jsonSerializer.serialize({ a: ["ä", null] })), '{"a":["ä",null]}');
});

Deno.test("jsonSerializer reads JSON", () => {
  assertEquals(jsonSerializer.deserialize(new TextEncoder().encode('{"a":[1,null]}')), { a: [1, null] });
});

Deno.test("jsonSerializer refuses a value that JSON does not have", () => {
  assertThrows(() => jsonSerializer.serialize(undefined), TypeError, "JSON has no value of type undefined");
});

for (const bytes of [new Uint8Array(2), new ArrayBuffer(2), new Blob(["hi"]), new File(["hi"], "hi.txt")]) {
  Deno.test(`jsonSerializer refuses a message that is of class ${bytes.constructor.name}, which JSON would empty`, () => {
    assertThrows(() => jsonSerializer.serialize(bytes), TypeError, "JSON has no bytes");
  });
}

Deno.test("jsonSerializer refuses bytes that are no JSON", () => {
  assertThrows(() => jsonSerializer.deserialize(new TextEncoder().encode("{")), SyntaxError);
});

Deno.test("cborSerializerWith() writes and reads what its limits allow, and no more", () => {
  const numbers = (count: number): Set<number> => new Set(Array.from({ length: count }, (_, i) => i));
  const serializer = cborSerializerWith({ maxNumericKeys: 2_000 });
  assertEquals(serializer.deserialize(serializer.serialize(numbers(2_000))), numbers(2_000));
  assertThrows(() => serializer.serialize(numbers(2_001)), CborError, "maxNumericKeys");
  const bytes = cborSerializerWith({ maxNumericKeys: 2_001 }).serialize(numbers(2_001));
  assertThrows(() => serializer.deserialize(bytes), Error, "maxNumericKeys");
});

Deno.test("cborSerializerWith() refuses a limit out of its range", () => {
  assertThrows(() => cborSerializerWith({ maxNumericKeys: -1 }), RangeError, 'option "maxNumericKeys"');
});
