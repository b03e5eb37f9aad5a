/**
 * Tries inputs until something breaks or there have been enough:
 * `deno task fuzz [--inputs 1000000] [--seed 1] [--property "a part of its name"] [--path "12:0:3"]`
 *
 * @module
 */
import { PROPERTIES } from "./properties.ts";

const DEFAULT_INPUTS = 100_000;

function option(name: string): string | undefined {
  const index = Deno.args.indexOf(`--${name}`);
  return index < 0 ? undefined : Deno.args[index + 1];
}

const inputs = Number(option("inputs") ?? DEFAULT_INPUTS);
const seed = Number(option("seed") ?? Math.floor(Math.random() * 0x7fff_ffff));
const wanted = option("property") ?? "";
const path = option("path");

const properties = PROPERTIES.filter(({ name }) => name.includes(wanted));
const shares = properties.reduce((sum, { share }) => sum + share, 0);
if (!(inputs > 0) || !Number.isInteger(seed) || properties.length === 0) {
  console.error(
    `Nothing to do for ${Deno.args.join(" ")}; properties are:\n${PROPERTIES.map((p) => p.name).join("\n")}`,
  );
  Deno.exit(2);
}

console.log(`${inputs} inputs from seed ${seed}`);
const begin = performance.now();
let total = 0;
for (const property of properties) {
  const start = performance.now();
  const done = await property.run({ inputs: Math.ceil(inputs * property.share / shares), seed, path });
  const seconds = (performance.now() - start) / 1000;
  total += done;
  console.log(`${done} inputs in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} a second: ${property.name}`);
}
console.log(`${total} inputs in ${((performance.now() - begin) / 1000).toFixed(1)} s: all held`);
