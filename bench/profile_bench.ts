/**
 * What the strict profile (PROTOCOL.md §4) costs on ordinary tickets, and how soon it refuses hostile values.
 *
 * ```sh
 * deno run -A bench/profile_bench.ts
 * ```
 *
 * Machines differ and so do moments, so the two ways of decoding alternate within one run, and it is their ratio that counts:
 * with the profile over without it, as the median of all rounds and the range of the middle half of them. A hostile value is
 * refused at first sight, by a process that has decoded nothing before, and then again by one that has; of each the least
 * counts, since what else runs on the machine can only add. The exit code is 1 if a ratio is above 1.25, or a hostile value
 * is accepted or takes 10 ms or more.
 *
 * @module
 */
import { HOSTILE_VALUES, LONG_VALUES } from "./hostile_values.ts";
import { ORDINARY_TICKETS } from "./ordinary_tickets.ts";
import { type Ratio, ratioOf, timeOf } from "./timing.ts";
import { CborError, checkItem, decodeValue } from "../src/cbor/mod.ts";

const MAX_RATIO = 1.25;
const MAX_REFUSAL_MS = 10;
const ATTEMPTS = 7;

function format({ median, low, high, baseNs }: Ratio): string {
  const spread = `${low.toFixed(3)}–${high.toFixed(3)}`;
  return `${median.toFixed(3)} (${spread}), ${baseNs.toFixed(0)} ns without`;
}

/** Why a value is refused; `undefined` if it is not. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    decodeValue(bytes);
    return undefined;
  } catch (error) {
    return error instanceof CborError ? error.reason : undefined;
  }
}

/** Checks a value, be it good or bad. */
function check(bytes: Uint8Array): void {
  try {
    checkItem(bytes, 0, bytes.length);
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
  }
}

/** Milliseconds that processes take to refuse a value which is the first that they see. */
async function firstSights(index: number): Promise<number[]> {
  const script = new URL("first_sight.ts", import.meta.url).pathname;
  const times: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, String(index)] }).output();
    times.push(Number(new TextDecoder().decode(stdout)));
  }
  return times.sort((a, b) => a - b);
}

function leastOf(action: () => unknown): number {
  return Math.min(...Array.from({ length: ATTEMPTS }, () => timeOf(action)));
}

let isGood = true;

console.log("Decoding with the profile over decoding without it, median and middle half:");
for (const { name, strict, bare } of ORDINARY_TICKETS) {
  const ratio = ratioOf(strict, bare);
  isGood &&= ratio.median <= MAX_RATIO;
  console.log(`  ${name}: ${format(ratio)}`);
}

console.log("Milliseconds until a hostile value is refused: at first sight, least and median; later, least:");
for (const [index, { name, bytes }] of HOSTILE_VALUES.entries()) {
  const first = await firstSights(index);
  const made = bytes();
  const later = leastOf(() => refusal(made));
  const reason = refusal(made);
  isGood &&= reason !== undefined && first[0]! < MAX_REFUSAL_MS && later < MAX_REFUSAL_MS;
  const milliseconds = [first[0]!, first[ATTEMPTS >> 1]!, later].map((time) => time.toFixed(3)).join(", ");
  console.log(`  ${name} (${made.length} bytes): ${milliseconds}: ${reason ?? "NOT REFUSED"}`);
}

console.log("Values that are read to their ends, good or bad:");
for (const { name, bytes } of LONG_VALUES) {
  const made = bytes();
  const milliseconds = leastOf(() => check(made));
  const speed = made.length / 1000 / milliseconds;
  console.log(`  ${name} (${made.length} bytes): ${milliseconds.toFixed(1)} ms, ${speed.toFixed(0)} MB/s`);
}

Deno.exit(isGood ? 0 : 1);
