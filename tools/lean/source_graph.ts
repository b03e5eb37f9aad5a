/**
 * What imports what in `src`, and how much of it there is.
 *
 * @module
 */
import { importsOf } from "../../tests/source_tree.ts";
import { scanSource } from "../scan_source.ts";

/** Nodes, and which others each leads to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Returns how many lines of a source text hold more than comments.
 *
 * @param text The text of a TypeScript file.
 * @returns The number of lines.
 */
export function codeLines(text: string): number {
  return scanSource(text).code.split("\n").filter((line) => line.trim() !== "").length;
}

/**
 * Returns the folder of a file.
 *
 * @param path A path that begins with no slash.
 * @returns What stands before its last slash, `""` if there is none.
 */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/**
 * Returns which file imports which, types included.
 *
 * @param sources The texts of files by their path.
 * @param nodeOf What stands for a file in the graph: itself, or its folder.
 * @returns The graph, without edges from a node to itself.
 */
export function importGraph(
  sources: ReadonlyMap<string, string>,
  nodeOf: (path: string) => string = (path) => path,
): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    const node = nodeOf(path);
    const targets = graph.get(node) ?? new Set();
    graph.set(node, targets);
    for (const { specifier } of importsOf(text)) {
      if (!specifier.startsWith(".")) continue;
      const target = nodeOf(new URL(specifier, `file:///${path}`).pathname.slice(1));
      if (target !== node) targets.add(target);
    }
  }
  return graph;
}

/**
 * Finds the circles of a graph: nodes that can be reached from each other (Tarjan's strongly connected components).
 *
 * @param graph The graph.
 * @returns The nodes of each circle, in alphabetical order.
 */
export function circlesOf(graph: Graph): string[][] {
  const circles: string[][] = [];
  const path: string[] = [];
  const numbers = new Map<string, number>();
  const closed = new Set<string>();
  const visit = (node: string): number => {
    const number = numbers.size;
    numbers.set(node, number);
    path.push(node);
    let lowest = number;
    for (const next of graph.get(node) ?? []) {
      if (!closed.has(next)) lowest = Math.min(lowest, numbers.get(next) ?? visit(next));
    }
    if (lowest === number) {
      const circle = path.splice(path.indexOf(node));
      for (const one of circle) closed.add(one);
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!numbers.has(node)) visit(node);
  return circles;
}
