import { assertEquals, assertNotStrictEquals } from "@std/assert";
import { copyBytes } from "../../src/cbor/mod.ts";

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
