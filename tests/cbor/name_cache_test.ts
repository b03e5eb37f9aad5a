import { assertEquals } from "@std/assert";
import { FrameWriter } from "../../src/wire/mod.ts";
import { readName } from "../../src/cbor/name_cache.ts";
import { below, seededRandom } from "./random_value.ts";
import { readAll } from "../wire/recorder.ts";

Deno.test("readName() reads what stands there, whatever was read before", () => {
  const random = seededRandom(11);
  const encoder = new TextEncoder();
  for (let i = 0; i < 5_000; i++) {
    // Few letters and lengths, so that many names want the same place.
    const name = Array.from({ length: 1 + below(random, 6) }, () => "abä"[below(random, 3)]).join("");
    const bytes = encoder.encode(`xx${name}yy`);
    const length = bytes.length - 4;
    for (let round = 0; round < 2; round++) assertEquals(readName(bytes, 2, length), name);
    const isCut = name.endsWith("ä");
    if (length > 1) assertEquals(readName(bytes, 2, length - 1), isCut ? undefined : name.slice(0, -1));
  }
});

Deno.test("FrameReader reads names as they are, seen before or not, and refuses bad ones each time", () => {
  const ids = { operationId: 0, sequenceNumber: 0 };
  for (const name of ["", "a", "demo.Greeter", "ä", "\ufeffa", "x".repeat(23), "x".repeat(24), "x".repeat(300), 7]) {
    for (let round = 0; round < 3; round++) {
      const writer = new FrameWriter();
      const fields = { group: name, method: name, code: name };
      writer.writeTicket(1, undefined, { ...ids, ...fields } as never);
      assertEquals(readAll(writer.take()!).items, [{ ticket: { operation: 1, fields } }]);
    }
  }
  const bad = Uint8Array.of(0x47, 0x83, 0x01, 0xa1, 0x01, 0x61, 0xff, 0xf7);
  for (let round = 0; round < 3; round++) assertEquals(readAll(bad).errors.length, 1);
});
