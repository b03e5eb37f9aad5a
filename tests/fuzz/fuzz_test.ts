import { PROPERTIES } from "./properties.ts";

/** Inputs in each run of the tests, from the same seed; `deno task fuzz` tries more, from others. */
const INPUTS = 6_000;

const shares = PROPERTIES.reduce((sum, { share }) => sum + share, 0);

for (const property of PROPERTIES) {
  Deno.test(`fuzz: ${property.name}`, async () => {
    await property.run({ inputs: Math.ceil(INPUTS * property.share / shares), seed: 1 });
  });
}
