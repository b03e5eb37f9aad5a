/**
 * The parts of a bundled program: what it loads at once, and what it may load later.
 *
 * @module
 */
import { gzipSync } from "node:zlib";

/** One chunk of a bundle. */
export interface Chunk {
  /** Its name, by which others import it. */
  readonly name: string;
  /** Its code, minified. */
  readonly code: string;
  /** Whether the program begins with it. */
  readonly isEntry: boolean;
  /** The chunks that it imports statically. */
  readonly imports: readonly string[];
}

/** What chunks come to. */
export interface Size {
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/** What a program comes to. */
export interface PartSizes {
  /** The entry, and all that it imports statically. */
  readonly first: Size;
  /** All chunks. */
  readonly all: Size;
}

/**
 * Finds the chunks that a program loads at once.
 *
 * @param chunks All chunks.
 * @returns The names of the entries, and of what they import statically.
 */
export function firstPart(chunks: readonly Pick<Chunk, "name" | "isEntry" | "imports">[]): ReadonlySet<string> {
  const byName = new Map(chunks.map((chunk) => [chunk.name, chunk]));
  const found = new Set<string>();
  const waiting = chunks.filter(({ isEntry }) => isEntry).map(({ name }) => name);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...byName.get(name)?.imports ?? []);
  }
  return found;
}

/**
 * Measures the parts of a program. Each chunk is compressed by itself, as it is loaded.
 *
 * @param chunks Its chunks.
 * @returns Their sizes.
 */
export function measureParts(chunks: readonly Chunk[]): PartSizes {
  const first = firstPart(chunks);
  return { first: sumOf(chunks.filter(({ name }) => first.has(name))), all: sumOf(chunks) };
}

function sumOf(chunks: readonly Chunk[]): Size {
  const bytes = chunks.map(({ code }) => new TextEncoder().encode(code));
  return {
    minifiedBytes: bytes.reduce((sum, { byteLength }) => sum + byteLength, 0),
    gzippedBytes: bytes.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).byteLength, 0),
  };
}
