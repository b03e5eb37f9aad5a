import process from "node:process";

/** How two ways of doing the same compare. */
export interface Ratio {
  /** The median of the rounds. */
  readonly median: number;
  /** A quarter of the rounds is below. */
  readonly low: number;
  /** A quarter of the rounds is above. */
  readonly high: number;
  /** Nanoseconds that the second way takes, the median of the rounds. */
  readonly baseNs: number;
}

const ROUNDS = 61;
const ROUND_MS = 12;
const WARM_UP_ROUNDS = 10;

/**
 * Milliseconds of processor time that an action takes, so that what else runs on the machine counts for little. It includes
 * what the engine does on other threads meanwhile, such as compiling and collecting garbage.
 */
export function timeOf(action: () => unknown): number {
  const start = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The middle of numbers. */
export function medianOf(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))]!;
}

/** Does an action over and over and returns how many milliseconds one of them took. */
function perCall(action: () => void, calls: number): number {
  return timeOf(() => {
    for (let i = 0; i < calls; i++) action();
  }) / calls;
}

/**
 * Compares two ways of doing the same in rounds that do both, each first in every other round.
 *
 * @param a One way.
 * @param b The other way.
 * @returns The time of the first over that of the second.
 */
export function ratioOf(a: () => void, b: () => void): Ratio {
  const calls = Math.max(1, Math.ceil(ROUND_MS / (perCall(a, 2_000) || ROUND_MS)));
  const ratios: number[] = [];
  const bases: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const isFirst = round % 2 === 0;
    const early = perCall(isFirst ? a : b, calls);
    const late = perCall(isFirst ? b : a, calls);
    if (round < WARM_UP_ROUNDS) continue;
    ratios.push(isFirst ? early / late : late / early);
    bases.push((isFirst ? late : early) * 1e6);
  }
  return {
    median: medianOf(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    baseNs: medianOf(bases),
  };
}
