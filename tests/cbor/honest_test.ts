import { assertGreater } from "@std/assert";
import { HONEST_VALUES, honestValue } from "../../bench/values/honest.ts";
import { decode } from "./codec.ts";

const SIZES: Readonly<Record<string, number>> = { "64 KiB": 65_536, "1 MiB": 1_048_576, "4 MiB": 4_194_304 };

for (const [title, size] of Object.entries(SIZES)) {
  for (const name of HONEST_VALUES) {
    Deno.test(`P4.16 ${title} of ${name} cost less than the budget`, () => {
      const bytes = honestValue(name, size);
      assertGreater(bytes.length, size * 0.9);
      decode(bytes);
    });
  }
}
