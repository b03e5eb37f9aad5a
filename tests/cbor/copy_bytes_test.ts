import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { copyBytes, HEADROOM_BYTES, takeHeadroom } from "../../src/cbor/copy_bytes.ts";

Deno.test("copyBytes() gives each copy bytes of its own, whatever its size", () => {
  const lengths = [0, 1, 100, 2_048, 2_049, 3_000, 65_536];
  const sources = lengths.flatMap((length) => Array.from({ length: 9 }, (_, i) => new Uint8Array(length).fill(i + 1)));
  const copies = sources.map(copyBytes);
  for (const copy of copies) copy.reverse();
  copies.forEach((copy, i) => assertEquals(copy, sources[i]));
  copies[10]?.fill(0xff);
  copies.forEach((copy, i) => i !== 10 && assertEquals(copy, sources[i]));
});

Deno.test("copyBytes() does not follow changes of what it has copied", () => {
  const source = new Uint8Array([1, 2, 3]);
  const copy = copyBytes(source);
  source.fill(0);
  assertEquals(copy, new Uint8Array([1, 2, 3]));
});

Deno.test("copyBytes() goes on when the buffer of a copy is transferred", () => {
  for (const length of [0, 100]) {
    const lost = copyBytes(new Uint8Array(length));
    structuredClone(lost.buffer, { transfer: [lost.buffer] });
    const next = copyBytes(new Uint8Array(length).fill(7));
    assertNotStrictEquals(next.buffer, lost.buffer);
    assertEquals(next, new Uint8Array(length).fill(7));
  }
});

Deno.test("takeHeadroom() gives the room before a large copy away once", () => {
  const copy = copyBytes(new Uint8Array(16_384).fill(7));
  const room = takeHeadroom(copy);
  assertStrictEquals(room?.buffer, copy.buffer);
  room?.fill(1, 0, HEADROOM_BYTES);
  assertEquals(copy, new Uint8Array(16_384).fill(7));
  assertEquals(takeHeadroom(copy), undefined);
});

Deno.test("takeHeadroom() gives nothing where others may have bytes", () => {
  assertEquals(takeHeadroom(copyBytes(new Uint8Array(16_383))), undefined);
  assertEquals(takeHeadroom(new Uint8Array(new ArrayBuffer(HEADROOM_BYTES + 20_000), HEADROOM_BYTES)), undefined);
  const copy = copyBytes(new Uint8Array(20_000));
  assertEquals(takeHeadroom(copy.subarray(0, 19_000)), undefined);
  assertEquals(takeHeadroom(copy.subarray(1)), undefined);
  assertEquals(takeHeadroom(copy)?.length, HEADROOM_BYTES + 20_000);
});
