/**
 * What the strict profile (PROTOCOL.md §4) costs on ordinary tickets, and how soon it refuses hostile values.
 *
 * ```sh
 * deno run -A bench/profile_bench.ts
 * ```
 *
 * Machines differ and so do moments, so the two ways of decoding alternate within one run, and it is their ratio that counts:
 * with the profile over without it, as the median of all rounds and the range of the middle half of them. The exit code is 1
 * if a ratio is above 1.25, or a hostile value is accepted or takes 10 ms or more.
 *
 * @module
 */
import { HOSTILE_VALUES } from "./hostile_values.ts";
import { ORDINARY_TICKETS } from "./ordinary_tickets.ts";
import { medianOf, type Ratio, ratioOf, timeOf } from "./timing.ts";
import { CborError, decodeValue } from "../src/cbor/mod.ts";

const MAX_RATIO = 1.25;
const MAX_REFUSAL_MS = 10;

function format({ median, low, high, baseNs }: Ratio): string {
  const spread = `${low.toFixed(3)}–${high.toFixed(3)}`;
  return `${median.toFixed(3)} (${spread}), ${baseNs.toFixed(0)} ns without`;
}

/** Milliseconds until a value is refused, and why; `undefined` if it is not. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    decodeValue(bytes);
    return undefined;
  } catch (error) {
    return error instanceof CborError ? error.reason : undefined;
  }
}

let isGood = true;

console.log("Decoding with the profile over decoding without it, median and middle half:");
for (const { name, strict, bare } of ORDINARY_TICKETS) {
  const ratio = ratioOf(strict, bare);
  isGood &&= ratio.median <= MAX_RATIO;
  console.log(`  ${name}: ${format(ratio)}`);
}

console.log(
  "Milliseconds of processor time until a hostile value is refused, the first time and the median of ten more:",
);
for (const { name, bytes } of HOSTILE_VALUES) {
  const made = bytes();
  const first = timeOf(() => refusal(made));
  const times = Array.from({ length: 10 }, () => timeOf(() => refusal(made)));
  const reason = refusal(made);
  isGood &&= reason !== undefined && first < MAX_REFUSAL_MS && medianOf(times) < MAX_REFUSAL_MS;
  const milliseconds = `${first.toFixed(3)}, ${medianOf(times).toFixed(3)}`;
  console.log(`  ${name} (${made.length} bytes): ${milliseconds}: ${reason ?? "NOT REFUSED"}`);
}

Deno.exit(isGood ? 0 : 1);
