// @ts-check
import process from "node:process";
import { createInterface } from "node:readline";
import { inspect } from "node:util";

/**
 * Takes JSON lines on standard input, one after the other, and answers each with a line on standard output. The process ends
 * with its input.
 *
 * @param {(command: any) => unknown} answer What it throws, or rejects with, is answered as `{ error }`.
 */
export async function answerLines(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(JSON.parse(line)));
    } catch (error) {
      say({ error: inspect(error) });
    }
  }
  process.exit();
}

/** @param {unknown} value */
export function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
