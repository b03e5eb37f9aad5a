/**
 * Source maps that say of each line where it comes from, and not of each word: a fifth of the size, and enough for code that
 * keeps its names and its statements on lines of their own.
 *
 * @module
 */

/** A source map, as far as it is needed here. */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  /** Lines parted by `;`, each of segments parted by `,`, each of numbers, all but a line's first relative to the last. */
  readonly mappings: string;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** What one digit holds beside the bit that says that more follow. */
const DIGIT_BITS = 5;
const MORE = 1 << DIGIT_BITS;

/**
 * Reads the numbers of a segment.
 *
 * @param segment A segment of `mappings`.
 * @returns Its numbers: the column, the source, its line, its column, and the name.
 * @throws {SyntaxError} If it holds other characters than digits.
 */
export function decodeSegment(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) throw new SyntaxError(`Cannot read the source map: got ${character} in ${segment}`);
    value |= (digit & (MORE - 1)) << shift;
    shift += DIGIT_BITS;
    if ((digit & MORE) !== 0) continue;
    // The lowest bit is the sign.
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    value = 0;
    shift = 0;
  }
  return numbers;
}

/**
 * Writes the numbers of a segment.
 *
 * @param numbers The numbers.
 * @returns The segment.
 */
export function encodeSegment(numbers: readonly number[]): string {
  return numbers.map(encodeNumber).join("");
}

function encodeNumber(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let digits = "";
  do {
    const digit = rest & (MORE - 1);
    rest >>>= DIGIT_BITS;
    digits += DIGITS[rest > 0 ? digit | MORE : digit];
  } while (rest > 0);
  return digits;
}

/**
 * Leaves of a source map where each line begins.
 *
 * @param map The map.
 * @param code What it maps. Lines of nothing but brackets run nothing, and need no place.
 * @returns A map with at most one segment a line.
 */
export function toLineMap(map: SourceMap, code: string): SourceMap {
  const lines = code.split("\n");
  let source = 0;
  let sourceLine = 0;
  // What the last segment that is kept says.
  let keptSource = 0;
  let keptLine = 0;
  const mappings = map.mappings.split(";").map((line, index) => {
    let kept = "";
    for (const segment of line === "" ? [] : line.split(",")) {
      const [, sourceDelta, lineDelta] = decodeSegment(segment);
      if (sourceDelta === undefined || lineDelta === undefined) continue;
      source += sourceDelta;
      sourceLine += lineDelta;
      if (kept !== "" || !/\w/.test(lines[index] ?? "")) continue;
      kept = encodeSegment([0, source - keptSource, sourceLine - keptLine, 0]);
      keptSource = source;
      keptLine = sourceLine;
    }
    return kept;
  });
  return { version: map.version, sources: map.sources, names: [], mappings: mappings.join(";") };
}

/**
 * Moves what a source map says down by a line.
 *
 * @param map The map.
 * @returns The map for the same code after one more line.
 */
export function afterOneLine(map: SourceMap): SourceMap {
  return { ...map, mappings: `;${map.mappings}` };
}
