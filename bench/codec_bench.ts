/**
 * The codec beside cbor-x alone, which checks nothing of the profile: `deno task bench:codec [--runtime node | bun]
 * [--only NAME]`
 *
 * Both take turns in one run, each with bytes of its own. A ratio is the time of cbor-x over that of the codec, so above 1
 * the codec is faster: the median of all rounds, and the range of the middle half of them.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Decoder, Encoder } from "npm:cbor-x@^1.6.8/index-no-eval";
import { decodeValue } from "../src/cbor/decode.ts";
import { encodeValue } from "../src/cbor/encode.ts";
import { ratioOf } from "./timing.ts";

const CJK = "水曜日の朝に雨が降る";

function row(i: number): Record<string, unknown> {
  return {
    id: i,
    name: "Ada Lovelace",
    email: `ada${i}@example.org`,
    active: i % 2 === 0,
    score: i * 1.5,
    tags: ["a", "bc", "def"],
  };
}

function tree(depth: number): unknown {
  return depth === 0 ? null : { left: tree(depth - 1), value: depth, right: tree(depth - 1) };
}

function many<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

const SHAPES: Readonly<Record<string, unknown>> = {
  "small object": { id: 1, name: "Ada", ok: true },
  "row": row(17),
  "1,000 rows": many(1_000, row),
  "long text": "The quick brown fox. ".repeat(500),
  "500 words in CJK": many(500, (i) => CJK.slice(i % 5, i % 5 + 2 + i % 4)),
  "1,000 integers": many(1_000, (i) => i * 37),
  "1,000 floats": many(1_000, (i) => i * 0.37),
  "object of 200 keys": Object.fromEntries(many(200, (i) => [`key${i}`, i])),
  "tree": tree(9),
  "dates and sets": many(50, (i) => ({ at: new Date(1.7e12 + i * 12_345), roles: new Set(["admin", `group ${i}`]) })),
  "typed arrays": many(10, (i) => new Float64Array(100).fill(i)),
};

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  options: { runtime: { type: "string" }, only: { type: "string", default: "" } },
});

function compare(): void {
  const alone = { useRecords: false, tagUint8Array: false, mapsAsObjects: true, variableMapSize: true };
  const encoder = new Encoder(alone);
  const decoder = new Decoder(alone);
  const format = (ours: () => void, others: () => void): string => {
    const { median, low, high, baseNs } = ratioOf(others, ours);
    return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}; ${Math.round(baseNs)} ns)`;
  };
  for (const [name, value] of Object.entries(SHAPES)) {
    if (!name.startsWith(options.only)) continue;
    const ours = encodeValue(value);
    // It gives a view of a buffer that it writes over.
    const others = encoder.encode(value).slice();
    const encoding = format(() => encodeValue(value), () => encoder.encode(value));
    const decoding = format(() => decodeValue(ours), () => decoder.decode(others));
    console.log(`${name.padEnd(20)} encode ${encoding}, decode ${decoding}`);
  }
}

if (options.runtime === undefined) {
  compare();
} else {
  // It knows Deno, which is not there where it runs this module.
  const { runElsewhere } = await import("./run_elsewhere.ts");
  process.exitCode = await runElsewhere(options.runtime, "codec_bench.ts", ["--only", options.only]);
}
