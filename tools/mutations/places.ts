/**
 * Finds what a mutation changes: by the name of a function and by its code, token by token. So it is found again wherever
 * the function has moved, and however it is formatted or commented.
 *
 * @module
 */
import ts from "npm:typescript@5.9.3";
import type { Mutation } from "./mutation.ts";

/** One word or sign of code. */
interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A function, a method or a constant of `src`. */
interface Declaration {
  readonly file: string;
  readonly tokens: readonly Token[];
}

/** Where a mutation changes something, as indices into the text of a file. */
export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** All declarations of some files by their names, of which several may have the same. */
export class Places {
  readonly #declarations = new Map<string, Declaration[]>();

  /**
   * Parses files.
   *
   * @param sources Their texts by their paths.
   */
  constructor(sources: ReadonlyMap<string, string>) {
    for (const [file, text] of sources) this.#add(file, parse(text));
  }

  /**
   * Finds what a mutation changes.
   *
   * @param mutation The mutation.
   * @returns The place.
   * @throws {RangeError} If there is none, or more than one.
   */
  find({ name, replace }: Mutation): Place {
    const declarations = this.#declarations.get(name);
    if (declarations === undefined) throw new RangeError(`Cannot find ${name} in src`);
    const wanted = tokensOfSnippet(replace);
    const places = declarations.flatMap(({ file, tokens }) => occurrences(file, tokens, wanted));
    const [place] = places;
    if (place === undefined || places.length > 1) {
      const files = [...new Set(declarations.map(({ file }) => file))].join(", ");
      throw new RangeError(`Cannot find once in ${name} (${files}), but ${places.length} times: ${replace}`);
    }
    return place;
  }

  #add(file: string, source: ts.SourceFile): void {
    for (const [name, node] of source.statements.flatMap(namesIn)) {
      const declarations = this.#declarations.get(name) ?? [];
      declarations.push({ file, tokens: tokensOf(node, source) });
      this.#declarations.set(name, declarations);
    }
  }
}

/**
 * Changes a text.
 *
 * @param text The text of the file of a place.
 * @param place The place.
 * @param mutation What to put there.
 * @returns The text of the file afterwards.
 * @throws {SyntaxError} If that is no TypeScript.
 */
export function mutate(text: string, { start, end }: Place, { name, with: replacement }: Mutation): string {
  const changed = text.slice(0, start) + replacement + text.slice(end);
  if (!isWellFormed(parse(changed))) throw new SyntaxError(`Cannot change ${name}: what comes out is no TypeScript`);
  return changed;
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
}

/** Not part of TypeScript's public types. */
function isWellFormed(source: ts.SourceFile & { readonly parseDiagnostics?: readonly unknown[] }): boolean {
  return source.parseDiagnostics?.length === 0;
}

/** What a statement of a module declares, by names such as `decode`, `MAX_DEPTH`, `Reader.#read`, `Reader.constructor`. */
function namesIn(statement: ts.Statement): [name: string, node: ts.Node][] {
  if (ts.isFunctionDeclaration(statement)) return [[statement.name?.text ?? "default", statement]];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => [declaration.name.getText(), declaration]);
  }
  if (!ts.isClassDeclaration(statement)) return [];
  return statement.members.map((
    member,
  ) => [`${statement.name?.text}.${member.name?.getText() ?? "constructor"}`, member]);
}

/** The tokens of a node, without comments, and without commas after the last of several things, which formatting adds. */
function tokensOf(node: ts.Node, source: ts.SourceFile): Token[] {
  const tokens: Token[] = [];
  const visit = (part: ts.Node): void => {
    if (ts.isJSDoc(part)) return;
    const children = part.getChildren(source);
    if (children.length > 0) return children.forEach(visit);
    const [start, end] = [part.getStart(source), part.getEnd()];
    if (start < end) tokens.push({ text: source.text.slice(start, end), start, end });
  };
  visit(node);
  return tokens.filter(({ text }, i) => text !== "," || !/^[)\]}]$/.test(tokens[i + 1]?.text ?? ""));
}

/** The tokens of statements, of an expression, or of what stands between the braces of an object. */
function tokensOfSnippet(snippet: string): readonly Token[] {
  for (const [before, after] of [["async function* f() {\n", "\n}"], ["({\n", "\n})"]] as const) {
    const source = parse(before + snippet + after);
    if (!isWellFormed(source)) continue;
    return tokensOf(source, source).filter(({ start, end }) =>
      start >= before.length && end <= before.length + snippet.length
    );
  }
  throw new SyntaxError(`Cannot look for what is neither an expression nor a statement: ${snippet}`);
}

/** Where some tokens stand among others. */
function occurrences(file: string, tokens: readonly Token[], wanted: readonly Token[]): Place[] {
  const places: Place[] = [];
  for (let i = 0; i + wanted.length <= tokens.length; i++) {
    const [first, last] = [tokens[i], tokens[i + wanted.length - 1]];
    if (first === undefined || last === undefined) continue;
    if (wanted.every(({ text }, k) => tokens[i + k]?.text === text)) {
      places.push({ file, start: first.start, end: last.end });
    }
  }
  return places;
}
