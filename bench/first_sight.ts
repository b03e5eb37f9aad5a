/**
 * Refuses one of the hostile values in a process that has decoded nothing yet, and prints the milliseconds that went by.
 * A part of profile_bench.ts.
 *
 * @module
 */
import { HOSTILE_VALUES } from "./hostile_values.ts";
import { decodeValue } from "../src/cbor/mod.ts";

const bytes = HOSTILE_VALUES[Number(Deno.args[0])]!.bytes();
const start = performance.now();
try {
  decodeValue(bytes);
} catch {
  // Whether it is refused is looked at elsewhere.
}
console.log(performance.now() - start);
