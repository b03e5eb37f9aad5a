/**
 * What `deno task lean` holds its figures against.
 *
 * @module
 */

/** The revision that the core was drawn anew from. */
export const BEFORE = "0bcac73";

/** What a figure was at {@linkcode BEFORE}, measured with this tool, and what it is to become. */
export interface Reference {
  readonly before?: number;
  readonly aim?: number;
}

/** By the title of the figure. Processor time is of a machine with two cores; `deno task bench:compare` compares on yours. */
export const REFERENCES: Readonly<Record<string, Reference>> = {
  "files of src": { before: 238, aim: 110 },
  "lines of code": { before: 13_758, aim: 10_000 },
  "circles": { before: 0, aim: 0 },
  '".": names': { before: 138, aim: 40 },
  '".": modules': { before: 211 },
  '"./client": names': { before: 110, aim: 40 },
  '"./client": modules': { before: 183 },
  '"./server": names': { before: 107, aim: 40 },
  '"./server": modules': { before: 197 },
  '"./links": names': { before: 14 },
  '"./links": modules': { before: 9 },
  '"./testing": names': { before: 20 },
  '"./testing": modules': { before: 20 },
  "unary call: files": { before: 84 },
  "unary call: functions": { before: 391 },
  "unary call: calls": { before: 1_253, aim: 500 },
  "unary call: bytes allocated": { before: 7_400, aim: 3_000 },
  "unary call: µs of processor time": { before: 7.4 },
  "stream message: files": { before: 58 },
  "stream message: functions": { before: 180 },
  "stream message: calls": { before: 455 },
  "stream message: bytes allocated": { before: 1_900 },
  "stream message: µs of processor time": { before: 1.5 },
};

/**
 * How many names an entry point may export, types included: as many as it does. It only goes down, to about 40 each: what
 * takes names out of an entry point lowers its number here.
 */
export const MOST_NAMES: Readonly<Record<string, number>> = {
  ".": 49,
  "./client": 47,
  "./server": 42,
};
