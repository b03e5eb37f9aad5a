/**
 * What `cborXSerializer()` gains over `cborSerializer`: bytes, and time to serialize and to deserialize.
 *
 * ```sh
 * deno run -A bench/cbor_x_bench.ts
 * ```
 *
 * Machines differ and so do moments, so the two alternate within one run, and it is their ratio that counts: cbor-x over the
 * codec, below 1 where cbor-x is smaller or faster, as the median of all rounds and the range of the middle half of them.
 *
 * @module
 */
import { ratioOf } from "./timing.ts";
import { cborXSerializer } from "../src/cbor_x.ts";
import { cborSerializer } from "../src/rpc/serializer.ts";

const CITIES = ["Nairobi", "Reykjavík", "São Paulo", "東京", "Wellington"];

function row(i: number): Record<string, unknown> {
  return {
    id: 100_000 + i,
    customerName: `Customer ${i}`,
    city: CITIES[i % CITIES.length],
    balance: i * 12.34,
    isActive: i % 3 !== 0,
    lastOrderAt: new Date(1_700_000_000_000 + i * 61_000),
  };
}

function node(depth: number): Record<string, unknown> {
  const children = depth === 0 ? [] : Array.from({ length: 3 }, () => node(depth - 1));
  return { name: `node ${depth}`, kind: depth === 0 ? "leaf" : "branch", sizeBytes: depth * 1_000, children };
}

const MESSAGES: Readonly<Record<string, unknown>> = {
  "1 row": row(0),
  "10 rows": Array.from({ length: 10 }, (_, i) => row(i)),
  "1,000 rows": Array.from({ length: 1_000 }, (_, i) => row(i)),
  "a tree of 364 nodes": node(5),
  "a small message": { op: "get", key: "user:17", limit: 20 },
  "an object of 200 keys that are data": Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`user:${i}`, i])),
};

function format(ours: () => void, others: () => void): string {
  const { median, low, high } = ratioOf(others, ours);
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

const cborX = cborXSerializer();
for (const [name, message] of Object.entries(MESSAGES)) {
  const ours = cborSerializer.serialize(message);
  const others = cborX.serialize(message);
  const encoding = format(() => cborSerializer.serialize(message), () => cborX.serialize(message));
  const decoding = format(() => cborSerializer.deserialize(ours), () => cborX.deserialize(others));
  const bytes = `${others.length} of ${ours.length} bytes, ${(others.length / ours.length).toFixed(2)}`;
  console.log(`${name}: ${bytes}; time to serialize ${encoding}, to deserialize ${decoding}`);
}
