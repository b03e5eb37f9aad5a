/**
 * Allowance, as numbers of payloads, one for each side of a direction (S14, S15).
 *
 * @module
 */

/** Payloads that a direction may send before any grant (S14). */
export const IMPLICIT_ALLOWANCE = 1;

/** Whether a value can be an allowance: a positive safe integer (S10, S20). */
export function isAllowance(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0; // isSafeInteger proves that it is a number
}

/** The sum of two allowances, which a peer's many grants cannot push out of the exact integers. */
export function addAllowance(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
