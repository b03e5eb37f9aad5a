// @ts-check

/**
 * @param {readonly number[]} numbers
 * @param {number} part From 0 to 1.
 * @returns {number}
 */
export function quantile(numbers, part) {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/**
 * @param {readonly number[]} numbers
 * @returns {number} The middle one.
 */
export function median(numbers) {
  return quantile(numbers, 0.5);
}
