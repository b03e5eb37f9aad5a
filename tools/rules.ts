/**
 * Lists the numbered rules that no test is named after, and fails if there is one. The rules are those of
 * `docs/SEMANTICS.md` (`S12`) and the MUST rules of `PROTOCOL.md` (`P4.2`), each where it stands in bold; a test is named
 * after a rule if its name begins with the rule's number, or with several: `"S9, S11 a duplicate is refused"`.
 *
 * Run it with `deno task rules`.
 *
 * @module
 */
import { scanSource } from "./scan_source.ts";

const RULE = "(?:S\\d+|P\\d+(?:\\.\\d+)*)";
const NAMED_AFTER = new RegExp(`^${RULE}(?:, ${RULE})*(?= )`);

/**
 * Returns the rules that a document defines: those that stand alone in bold.
 *
 * @param markdown The document.
 * @returns Their numbers, in order, each once.
 */
export function rulesOf(markdown: string): string[] {
  return [
    ...new Set(Array.from(markdown.matchAll(new RegExp(`\\*\\*(${RULE})\\*\\*`, "g")), ([, rule]) => rule ?? "")),
  ];
}

/**
 * Returns the rules that the tests in a file are named after. Any string that begins with rules counts, since names also
 * stand in tables and in steps.
 *
 * @param source The text of a test file.
 * @returns The numbers, with repetitions.
 */
export function rulesNamedIn(source: string): string[] {
  return scanSource(source).literals.flatMap(({ text }) => NAMED_AFTER.exec(text)?.[0].split(", ") ?? []);
}

/**
 * Compares rules with tests.
 *
 * @param defined The rules that documents define.
 * @param named The rules that tests are named after.
 * @returns The rules without a test, and the names without a rule.
 */
export function compareRules(
  defined: readonly string[],
  named: Iterable<string>,
): { readonly untested: string[]; readonly unknown: string[] } {
  const names = new Set(named);
  return {
    untested: defined.filter((rule) => !names.has(rule)),
    unknown: [...names].filter((rule) => !defined.includes(rule)).sort(),
  };
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* testFiles(path);
    else if (entry.name.endsWith("_test.ts")) yield path;
  }
}

async function main(): Promise<void> {
  const defined: string[] = [];
  for (const document of ["docs/SEMANTICS.md", "PROTOCOL.md"]) {
    defined.push(...rulesOf(await Deno.readTextFile(document)));
  }
  const named: string[] = [];
  for await (const path of testFiles("tests")) {
    // The tests of this tool name rules that are not there.
    if (!path.startsWith("tests/tools/")) named.push(...rulesNamedIn(await Deno.readTextFile(path)));
  }
  const { untested, unknown } = compareRules(defined, named);
  if (untested.length > 0) console.error(`Rules without a test: ${untested.join(", ")}`);
  if (unknown.length > 0) console.error(`Tests named after rules that are not there: ${unknown.join(", ")}`);
  if (untested.length + unknown.length > 0) Deno.exit(1);
  console.log(`All ${defined.length} rules have a test`);
}

if (import.meta.main) await main();
