/** How large tickets are joined from the pieces in which they come. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { JoinedBytes } from "../../src/wire/joined_bytes.ts";
import { seededRandom } from "../seeded_random.ts";
import { countCopiedBytes, roomsMade } from "./buffer_work.ts";

const TOTAL = 400_000;
const BYTES = new Uint8Array(TOTAL).map((_, i) => i * 7 >> 3);

/** The next piece, of at most so many bytes, in a chunk that has so many others behind it. */
function append(joined: JoinedBytes, most: number, others = 0): Uint8Array {
  const piece = BYTES.slice(joined.length, joined.length + most);
  const chunk = new Uint8Array(piece.length + others);
  chunk.set(piece);
  joined.append(chunk, 0, piece.length, TOTAL);
  return chunk;
}

Deno.test("JoinedBytes gives what has come, whatever the pieces", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 50; round++) {
    const joined = new JoinedBytes();
    const most = random.pick([100, 5_000, 20_000, 90_000, TOTAL]);
    while (joined.length < TOTAL) append(joined, random.integer(1, most), random.pick([0, 1_000, 100_000]));
    assertEquals(joined.take(), BYTES, `round ${round}`);
    assertEquals(joined.length, 0);
  }
});

Deno.test("JoinedBytes copies each byte once where the pieces are large, and three times at the most", () => {
  for (const [size, times] of [[65_536, 1], [8_192, 1], [4_095, 2.5], [100, 2.5], [1, 2.5]] as const) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < TOTAL; at += size) pieces.push(BYTES.slice(at, at + size));
    const joined = new JoinedBytes();
    const copied = countCopiedBytes(() => {
      for (const piece of pieces) joined.append(piece, 0, piece.length, TOTAL);
    });
    assertEquals(joined.take(), BYTES);
    assert(copied >= TOTAL && copied <= times * TOTAL, `copied ${copied} in pieces of ${size}`);
  }
});

Deno.test("P10.1 JoinedBytes makes room for less than twice what has come, by what is small as by what is large", () => {
  for (const sizes of [[1], [100], [4_095, 5_000], [65_536], [3, 65_536]]) {
    const joined = new JoinedBytes();
    let times = 0;
    for (let i = 0; joined.length < TOTAL; i++) {
      const at = joined.length;
      const piece = BYTES.slice(at, at + sizes[i % sizes.length]!);
      const rooms = roomsMade(() => joined.append(piece, 0, piece.length, TOTAL));
      times += rooms.length;
      assert(
        rooms.every((room) => room <= Math.max(64, 2 * joined.length)),
        `${rooms} where ${joined.length} have come`,
      );
    }
    assertLess(times, 100, `pieces of ${sizes}`);
  }
});

Deno.test("P10.1 JoinedBytes keeps no chunk of which it has less than half, and none for a few bytes", () => {
  for (const [size, others, isKept] of [[10_000, 10_001, false], [10_000, 10_000, true], [4_095, 0, false]] as const) {
    const joined = new JoinedBytes();
    append(joined, size, others).fill(0);
    while (joined.length < TOTAL) append(joined, TOTAL);
    assertEquals(joined.take()[1_000], isKept ? 0 : BYTES[1_000], `${size} of ${size + others}`);
  }
});

Deno.test("JoinedBytes forgets what it drops", () => {
  for (const size of [10, 10_000, 300_000]) {
    const joined = new JoinedBytes();
    append(joined, size);
    append(joined, 5);
    joined.clear();
    assertEquals(joined.length, 0);
    while (joined.length < TOTAL) append(joined, 50_000);
    assertEquals(joined.take(), BYTES);
  }
});
