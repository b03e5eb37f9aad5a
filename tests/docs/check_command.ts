/** What commands in documents may refer to. */
export interface CommandSurroundings {
  /** The tasks of deno.json. */
  readonly tasks: ReadonlySet<string>;
  /** Tells whether a file is there, in the repository or among the files that the document shows. */
  exists(path: string): boolean;
}

/** Commands that fetch from elsewhere: there is nothing here to hold against them. */
const OUTWARD = /^(?:git clone|cd|deno add|npm install|curl) /;

/**
 * Checks one line of a shell block as far as that can be done without running it: tasks and files must exist.
 *
 * @param line The line.
 * @param surroundings What it may refer to.
 * @throws {Error} If it names a task or a file that is not there, or is no command that is known here.
 */
export function checkCommand(line: string, surroundings: CommandSurroundings): void {
  const command = line.replace(/^\$ /, "").replace(/\s+#.*$/, "").replace(/^npx -y deno@[\d.]+ /, "deno ").trim();
  if (command === "" || command.startsWith("#") || OUTWARD.test(command)) return;
  const [program, verb, ...rest] = command.split(/\s+/);
  if (program !== "deno") throw new Error(`Cannot check the command: ${command}`);
  if (verb === "task") {
    const task = rest[0] ?? "";
    if (!surroundings.tasks.has(task)) throw new Error(`Command names a task that is not there: ${command}`);
  } else if (verb === "run" || verb === "test" || verb === "bench") {
    const files = rest.filter((word) => /^[\w./-]+\.ts$/.test(word) || (verb === "test" && /^[\w-]+\//.test(word)));
    for (const file of files) {
      if (!surroundings.exists(file)) throw new Error(`Command names a file that is not there: ${command}`);
    }
  } else throw new Error(`Cannot check the command: ${command}`);
}
