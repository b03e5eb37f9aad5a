/**
 * Tells the code of a TypeScript file from its comments and its strings, so that other tools may look for names without
 * being misled by prose.
 *
 * @module
 */

/** One string or template literal. */
export interface Literal {
  /** Where its opening quote stands in the text. */
  readonly index: number;
  /** What stands between its quotes, as written; of a template its text up to the first substitution. */
  readonly text: string;
}

/** What {@linkcode scanSource} finds. */
export interface ScannedSource {
  /** The text with every comment, string and regular expression blanked out; every other character at its place. */
  readonly code: string;
  /** The string and template literals, in order. */
  readonly literals: readonly Literal[];
}

/** Tokens that matter here, each by what it begins with; all else is taken character by character. */
const TOKENS: readonly (readonly [kind: "comment" | "string" | "regex", pattern: RegExp])[] = [
  ["comment", /\/\/[^\n]*/y],
  ["comment", /\/\*[^]*?\*\//y],
  ["string", /"(?:[^"\\\n]|\\[^])*"/y],
  ["string", /'(?:[^'\\\n]|\\[^])*'/y],
  ["regex", /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y],
];

/** After one of these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))\s*$/;

/**
 * Splits a source text into code and literals.
 *
 * @param text The text of a TypeScript file without JSX.
 * @returns Its code and its literals.
 */
export function scanSource(text: string): ScannedSource {
  const scanner = new Scanner(text);
  scanner.scan();
  return { code: scanner.code, literals: scanner.literals };
}

class Scanner {
  code = "";
  readonly literals: Literal[] = [];
  readonly #text: string;
  /** For each template that is open: how many braces are open within its substitution. */
  readonly #templates: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    while (this.code.length < this.#text.length) {
      if (this.#takeToken() || this.#takeTemplate()) continue;
      this.code += this.#text.charAt(this.code.length);
    }
  }

  #takeToken(): boolean {
    if (!"/\"'".includes(this.#text.charAt(this.code.length))) return false;
    for (const [kind, pattern] of TOKENS) {
      if (kind === "regex" && !BEFORE_REGEX.test(this.code.slice(-40))) continue;
      const index = this.code.length;
      pattern.lastIndex = index;
      const token = pattern.exec(this.#text)?.[0];
      if (token === undefined) continue;
      if (kind === "string") this.literals.push({ index, text: token.slice(1, -1) });
      this.#blank(index + token.length, kind === "comment" ? "" : token.charAt(0));
      return true;
    }
    return false;
  }

  /** Takes a template's text, from its backquote or from the brace that closes a substitution. */
  #takeTemplate(): boolean {
    const index = this.code.length;
    const character = this.#text.charAt(index);
    const depth = this.#templates.at(-1);
    if (character === "`") {
      this.#literal(index, true);
      return true;
    }
    if (depth === undefined) return false;
    if (character === "{") this.#templates[this.#templates.length - 1] = depth + 1;
    if (character !== "}") return false;
    if (depth > 0) this.#templates[this.#templates.length - 1] = depth - 1;
    else {
      this.#templates.pop();
      this.#literal(index, false);
    }
    return depth === 0;
  }

  #literal(index: number, first: boolean): void {
    const pattern = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;
    pattern.lastIndex = index + 1;
    const text = pattern.exec(this.#text)?.[0] ?? "";
    if (first) this.literals.push({ index, text });
    const end = index + 1 + text.length;
    const substitutes = this.#text.startsWith("${", end);
    this.#blank(end + (substitutes ? 2 : 1), "`");
    if (substitutes) this.#templates.push(0);
  }

  /** Moves on to `end`; `quote` stays visible on both sides, and lines stay lines. */
  #blank(end: number, quote: string): void {
    const blanked = this.#text.slice(this.code.length, end).replaceAll(/[^\n]/g, " ");
    this.code += quote + blanked.slice(quote.length, blanked.length - quote.length) + quote;
  }
}
