import { Code } from "../../src/client.ts";

/** What the caller of a call can see: `"ok"`, a code, or something that must not be. */
const RESULTS: readonly string[] = [...Object.values(Code), "wrong"];

const FIRST_CHARACTER = 48;

/** The character that stands for a result. */
export function resultCharacter(result: string): number {
  return RESULTS.indexOf(result) + FIRST_CHARACTER;
}

/** The result that a character stands for. */
export function resultOf(text: string, call: number): string {
  return RESULTS[text.charCodeAt(call) - FIRST_CHARACTER] ?? "no result";
}
