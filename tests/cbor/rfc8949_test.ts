import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CborError } from "../../src/links/mod.ts";
import { decode } from "./codec.ts";
import { fromHex, readVectors, valueOf } from "../vectors/vectors.ts";

const vectors = await readVectors("rfc8949");

Deno.test("P4.1 rfc8949.json has all of the appendices: 81 examples, 94 items that are not well-formed", () => {
  const counts = ["A", "F"].map((letter) => vectors.filter(({ name }) => name.includes(`appendix ${letter},`)).length);
  assertEquals(counts, [81, 94]);
});

for (const vector of vectors) {
  if (vector.valid) {
    Deno.test(`P4.1 ${vector.name} is read`, () => {
      assertEquals(decode(fromHex(vector.hex)), valueOf(vector.meaning));
    });
  } else {
    Deno.test(`P4.1 ${vector.name} is refused`, () => {
      const error = assertThrows(() => decode(fromHex(vector.hex)), CborError);
      assertStringIncludes(error.message, vector.error ?? "an error of its own");
    });
  }
}
