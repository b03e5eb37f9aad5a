/** One fenced block of a Markdown document. */
export interface CodeBlock {
  /** What stands right after the opening fence. */
  readonly language: string;
  /** Its text, without the fences and their indentation. */
  readonly text: string;
  /** The line of its opening fence, from 1. */
  readonly line: number;
  /** The file it shows, if its first line is a comment that holds nothing but a file name: `// server.ts`. */
  readonly file: string | undefined;
  /** Code to run before it: what an HTML comment `<!-- prelude … -->` right before the block holds. */
  readonly prelude: string;
}

const PRELUDE = /^<!-- prelude\n([^]*?)-->\n+(?=^ *```)/m;
const BLOCK = /^(?<indent> *)```(?<language>\S*)[^\n]*\n(?<text>[^]*?)^\k<indent>```$/m;
const EITHER = new RegExp(`(?:${PRELUDE.source})?${BLOCK.source}`, "gm");

/**
 * Returns the fenced blocks of a document.
 *
 * @param markdown The document.
 * @returns Its blocks, in order.
 */
export function codeBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(EITHER), (match) => {
    const { indent = "", language = "", text = "" } = match.groups ?? {};
    const flush = text.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const before = markdown.slice(0, match.index) + match[0].slice(0, match[0].indexOf(`${indent}\`\`\``));
    return {
      language,
      text: flush,
      line: before.split("\n").length,
      file: /^\/\/ ([\w./-]+\.ts)$/m.exec(flush.split("\n")[0] ?? "")?.[1],
      prelude: match[1] ?? "",
    };
  });
}
