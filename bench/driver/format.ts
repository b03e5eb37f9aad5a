import type { Spread } from "./comparison.ts";

/** A number with about three digits that count. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** The median, and the lowest and highest beside it. */
export function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return "–";
  const { median, lowest, highest } = spread;
  return `${formatNumber(median)} (${formatNumber(lowest)}–${formatNumber(highest)})`;
}

/** A table in Markdown: the first column is text, the others are figures. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0), 3));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(headings), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}
