import type { Results } from "../driver/results.ts";
import { panel, PANEL_WIDTH, panelHeight } from "./panel.ts";
import { type Standing, standingsOf } from "./standing.ts";

/** What the chart shows; the tables have the rest. */
const SHOWN = ["unary-1", "unary-64", "unary-256", "download-100", "upload-100", "bidi", "download-64k", "ping-pong"];
const COLUMNS = 2;
const MARGIN = 24;

const STYLE = `
text { font: 11px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 13px }
.note { fill: #6e7781 }
.label, .figure { text-anchor: end }
.label.us { font-weight: 600 }
rect.us { fill: #1a7f64 }
rect.peer { fill: #8c959f }
rect.floor { fill: #d0d7de }
line { stroke: #24292f; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .note { fill: #9198a1 }
  rect.us { fill: #2ea98a }
  rect.peer { fill: #6e7681 }
  rect.floor { fill: #30363d }
  line { stroke: #e6edf3 }
}`;

/** The chart of a run, as SVG. */
export function chart(results: Results): string {
  const standings = standingsOf(results).filter(({ work }) => SHOWN.includes(work.name));
  const rows = Array.from(
    { length: Math.ceil(standings.length / COLUMNS) },
    (_, row) => standings.slice(row * COLUMNS, (row + 1) * COLUMNS),
  );
  let y = MARGIN;
  const panels = rows.flatMap((row) => {
    const drawn = row.map((standing, column) => panel(standing, MARGIN + column * (PANEL_WIDTH + 2 * MARGIN), y));
    y += rowHeight(row) + MARGIN;
    return drawn;
  });
  const width = COLUMNS * (PANEL_WIDTH + 2 * MARGIN);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}">`;
  return [head, `<style>${STYLE}\n</style>`, ...panels, "</svg>", ""].join("\n");
}

function rowHeight(row: readonly Standing[]): number {
  return Math.max(...row.map(panelHeight));
}
