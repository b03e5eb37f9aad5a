import { assertEquals } from "@std/assert";
import { seededRandom } from "../seeded_random.ts";
import { FrameCutter } from "./frame_cutter.ts";
import { simulate } from "./mod.ts";
import { Splitter } from "./splitter.ts";

/** Runs in `deno task test`; `deno task simulate` runs more. */
const SEEDS = 300;

Deno.test("simulate() finds nothing wrong, whatever the network and the peers do", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { problems } = await simulate(seed);
    assertEquals(problems, [], `deno task simulate ${seed}`);
  }
});

Deno.test("simulate() makes the same run of a seed each time", async () => {
  for (let seed = 1; seed <= SEEDS; seed += 10) {
    const first = await simulate(seed);
    const second = await simulate(seed, { trace: true });
    assertEquals(second.hash, first.hash, `deno task simulate ${seed}`);
    assertEquals(second.outcomes, first.outcomes);
  }
});

Deno.test("simulate() makes other runs of other seeds", async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 30; seed++) hashes.add((await simulate(seed)).hash);
  assertEquals(hashes.size, 30);
});

Deno.test("Splitter cuts bytes anywhere and loses none", () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i);
  for (const splitting of ["whole", "pieces", "bytes"] as const) {
    const pieces = new Splitter(splitting, seededRandom(1)).split(bytes);
    assertEquals(pieces.flatMap((piece) => [...piece]), [...bytes]);
    if (splitting === "bytes") assertEquals(pieces.slice(0, 100).every(({ length }) => length === 1), true);
  }
});

Deno.test("FrameCutter finds the frames of a body, whatever its chunks", () => {
  const body = Uint8Array.of(0x41, 1, 0x58, 0x1e, ...Array(30).fill(7), 0x40, 0x59, 0x01, 0x00, ...Array(256).fill(9));
  for (const step of [1, 3, 50, 1_000]) {
    const cutter = new FrameCutter();
    const frames: Uint8Array[] = [];
    for (let i = 0; i < body.length; i += step) frames.push(...cutter.push(body.subarray(i, i + step)));
    assertEquals(frames.map(({ length }) => length), [2, 32, 1, 259]);
  }
});
