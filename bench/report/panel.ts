import { formatNumber } from "../driver/format.ts";
import type { Entrant, Standing } from "./standing.ts";

/** Pixels. */
const [BAR, GAP, TITLE, LABEL, FIGURE] = [13, 5, 40, 216, 68];

/** How wide a panel is. */
export const PANEL_WIDTH = 520;

/** How high the panel of a standing is. */
export function panelHeight({ entrants }: Standing): number {
  return TITLE + entrants.length * (BAR + GAP) + 12;
}

/** One standing as bars, the best on top, with a line from the lowest to the highest figure. */
export function panel(standing: Standing, x: number, y: number): string {
  const { work, about, entrants } = standing;
  const sign = about.better === "higher" ? -1 : 1;
  const sorted = entrants.toSorted((a, b) => sign * (a.spread.median - b.spread.median));
  const full = Math.max(...entrants.map(({ spread }) => spread.median)) * 1.05;
  const note = about.better === "higher" ? "more is better" : "less is better";
  return [
    `<g transform="translate(${x} ${y})">`,
    `<text class="title" x="0" y="14">${escaped(work.title)}</text>`,
    `<text class="note" x="0" y="29">${escaped(`${about.title}, ${about.unit}; ${note}`)}</text>`,
    ...sorted.map((entrant, i) => bar(entrant, TITLE + i * (BAR + GAP), full)),
    "</g>",
  ].join("\n");
}

function bar({ info, spread }: Entrant, y: number, full: number): string {
  const room = PANEL_WIDTH - LABEL - FIGURE;
  const at = (value: number) => (LABEL + room * Math.min(1, value / full)).toFixed(1);
  const middle = y + BAR / 2;
  const width = Number(at(spread.median)) - LABEL;
  return [
    `<text class="label ${info.role}" x="${LABEL - 6}" y="${y + 10}">${escaped(info.title)}</text>`,
    `<rect class="${info.role}" x="${LABEL}" y="${y}" width="${Math.max(1, width).toFixed(1)}" height="${BAR}"/>`,
    `<line x1="${at(spread.lowest)}" x2="${at(spread.highest)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="figure" x="${PANEL_WIDTH}" y="${y + 10}">${formatNumber(spread.median)}</text>`,
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
