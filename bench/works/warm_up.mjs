// @ts-check
/** @import { Extent } from "./work.ts" */

const MAX_SLICES = 8;
/** A slice that is no faster than the best before by more than this shows that engines have compiled what they will. */
const PROGRESS = 1.1;

/**
 * Does something again and again until it gets no faster.
 *
 * @param {Extent} extent
 * @param {(durationMs: number) => Promise<number>} slice Does it for a while, and returns how fast that was.
 */
export async function warmUp({ warmUpMs }, slice) {
  let best = 0;
  for (let i = 0; i < MAX_SLICES; i++) {
    const rate = await slice(warmUpMs);
    if (rate < best * PROGRESS) return;
    best = rate;
  }
}
