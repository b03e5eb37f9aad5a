/**
 * What identifies one operation between two joined links (SEMANTICS §1): compared with `===` and usable as a
 * `Map` key. A link over a wire may use another id on each side.
 */
export type OperationId = string | number | bigint | symbol | object;

let lastOperationId = 0;

/**
 * Returns an operation id that nothing else in this process uses.
 *
 * Ends and links that speak for a remote peer share this one sequence, so an end that both serves and invokes
 * never confuses an operation of its own with one of its mate's.
 *
 * @returns A positive integer, one more than the id before it.
 *
 * @example Two ids differ
 * ```ts
 * import { newOperationId } from "@ticketlink/ticketlink/links";
 * import { assertNotEquals } from "@std/assert";
 *
 * assertNotEquals(newOperationId(), newOperationId());
 * ```
 */
export function newOperationId(): OperationId & number {
  lastOperationId += 1;
  return lastOperationId;
}
