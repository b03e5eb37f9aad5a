/** What a program that ran to its end, or to its deadline, has left. */
export interface ProgramResult {
  readonly success: boolean;
  /** All that it wrote, errors last. */
  readonly output: string;
}

/** How a program is run. */
export interface ProgramOptions {
  readonly args: readonly string[];
  readonly deadlineMs?: number;
}

/** Runs a program in a process of its own, which is ended at the deadline. */
export async function runProgram(path: string, { args, deadlineMs = 20_000 }: ProgramOptions): Promise<ProgramResult> {
  const command = new Deno.Command(path, {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  await using process = command.spawn();
  const timer = setTimeout(() => process.kill("SIGKILL"), deadlineMs);
  const { success, stdout, stderr } = await process.output();
  clearTimeout(timer);
  return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
