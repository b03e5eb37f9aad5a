/** How often an operation is tried elsewhere that servers refuse: six seconds in all, about. */
export const MAX_REFUSALS = 8;
/** The first pause before the next try; each further one is twice as long. */
const FIRST_PAUSE_MS = 50;
/** The longest of these pauses. */
const LONGEST_PAUSE_MS = 2_000;

/**
 * How long to wait before what was refused is tried again: twice as long each time, and never just as long as everybody
 * else who was refused at the same moment.
 *
 * @param refusals How often it has been refused, from 1.
 * @param random From 0 up to 1.
 * @returns Milliseconds, from half the pause to all of it.
 */
export function retryPauseMs(refusals: number, random: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (refusals - 1), LONGEST_PAUSE_MS);
  return longest * (0.5 + random / 2);
}
