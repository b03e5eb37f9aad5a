import type { Turns } from "./turns.ts";

/**
 * Does something with each of many: with the first at once, and with as many more each time that it is their turn.
 *
 * @param items What it is done with, in order.
 * @param perTurn With how many in one turn.
 * @param turns Where the others wait.
 * @param action What is done.
 * @param from Where to begin.
 */
export function eachInTurns<T>(
  items: readonly T[],
  perTurn: number,
  turns: Turns,
  action: (item: T) => void,
  from = 0,
): void {
  const until = from + perTurn;
  for (const item of items.slice(from, until)) action(item);
  if (until < items.length) turns.add(() => eachInTurns(items, perTurn, turns, action, until));
}
