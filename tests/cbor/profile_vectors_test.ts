import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CborError } from "../../src/links/mod.ts";
import { decode, encode } from "./codec.ts";
import { fromHex, readVectors, toHex, valueOf } from "../vectors/vectors.ts";

for (const vector of await readVectors("profile")) {
  if (vector.valid) {
    Deno.test(`profile.json: ${vector.name} is read`, () => {
      const value = decode(fromHex(vector.hex));
      assertEquals(value, valueOf(vector.meaning));
      assertEquals(Object.prototype.toString.call(value), Object.prototype.toString.call(valueOf(vector.meaning)));
    });
    if (vector.canonical) {
      Deno.test(`profile.json: ${vector.name} is written`, () => {
        assertEquals(toHex(encode(valueOf(vector.meaning))), vector.hex);
      });
    }
  } else {
    Deno.test(`profile.json: ${vector.name} is refused`, () => {
      const error = assertThrows(() => decode(fromHex(vector.hex)), CborError);
      assert(vector.error);
      assertStringIncludes(error.message, vector.error);
    });
  }
}
