import { assertEquals } from "@std/assert";
import { repeatedSpan } from "../../src/cbor/repeated_span.ts";

const COUNT = 200;
/** Of the table for so many. */
const SLOTS = 512;

/** FNV-1a of eight letters, its high half brought down, as the table hashes them. */
function hashOf(letters: readonly number[]): number {
  const hash = letters.reduce((sum, letter) => Math.imul(sum ^ letter, 0x01000193), 0x811c9dc5);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Words that all belong into one slot of the table. */
function chosenWords(): number[][] {
  const words: number[][] = [];
  for (let i = 0; words.length < COUNT; i++) {
    const word = Array.from({ length: 8 }, (_, digit) => 97 + Math.floor(i / 26 ** digit) % 26);
    if (hashOf(word) % SLOTS === 7) words.push(word);
  }
  return words;
}

const words = chosenWords();
const bytes = Uint8Array.from([...words.flat(), ...words[100]!]);
const spans = Array.from({ length: COUNT + 1 }, (_, i) => [i * 8, i * 8 + 8]).flat();

Deno.test("repeatedSpan() tells spans apart that its table would keep in one slot", () => {
  assertEquals(repeatedSpan(bytes, spans, 0, COUNT * 2), -1);
});

Deno.test("repeatedSpan() finds what stands twice among such spans", () => {
  assertEquals(repeatedSpan(bytes, spans, 0, spans.length), COUNT * 8);
  assertEquals(repeatedSpan(bytes, spans, 2 * 101, spans.length), -1);
});
