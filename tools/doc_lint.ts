/**
 * Runs `deno doc --lint` on the entry points and fails on what it finds, but for one thing that cannot be mended: that a
 * public type refers to a type of a package, such as Hono's `Handler`. Exporting that one, too, would only move the complaint
 * into the package.
 *
 * Run it with `deno task doc`.
 *
 * @module
 */

/** One complaint of `deno doc --lint`. */
export interface DocComplaint {
  /** What is wrong. */
  readonly message: string;
  /** The path of the file. */
  readonly file: string;
  /** All that is printed about it. */
  readonly text: string;
}

/**
 * Reads what `deno doc --lint` prints.
 *
 * @param output Its output, without colours.
 * @returns The complaints.
 */
export function parseComplaints(output: string): DocComplaint[] {
  return output.split(/^(?=error\[)/m).flatMap((text) => {
    const [, message, file] = /^error\[[\w-]+\]: (.*)\n\s*--> (.*?):\d+:\d+$/m.exec(text) ?? [];
    return message === undefined || file === undefined ? [] : [{ message, file, text: text.trimEnd() }];
  });
}

/**
 * Tells whether a complaint is about a type that its file imports from an npm package.
 *
 * @param complaint The complaint.
 * @param source The text of its file.
 * @returns Whether it can be left alone.
 */
export function isAboutPackage({ message }: DocComplaint, source: string): boolean {
  const name = /references private type '(\w+)'$/.exec(message)?.[1];
  if (name === undefined) return false;
  return new RegExp(`^import type \\{[^}]*\\b${name}\\b[^}]*\\} from "npm:`, "m").test(source);
}

/** The documented modules: what deno.json exports. */
async function entryPoints(): Promise<string[]> {
  const { exports }: { exports: Record<string, string> } = JSON.parse(await Deno.readTextFile("deno.json"));
  return Object.values(exports);
}

async function main(): Promise<void> {
  const args = ["doc", "--lint", ...await entryPoints()];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
  const output = new TextDecoder().decode(stderr);
  const complaints = parseComplaints(output);
  const serious: DocComplaint[] = [];
  for (const complaint of complaints) {
    if (!isAboutPackage(complaint, await Deno.readTextFile(complaint.file))) serious.push(complaint);
  }
  // What is not understood is not passed over.
  if (code !== 0 && complaints.length === 0) console.error(output);
  for (const { text } of serious) console.error(`${text}\n`);
  if (serious.length > 0 || (code !== 0 && complaints.length === 0)) Deno.exit(1);
  console.log("Every public symbol is documented");
}

if (import.meta.main) await main();
