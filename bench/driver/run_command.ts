/**
 * Runs a program to its end.
 *
 * @returns What it has printed.
 * @throws {Error} If it fails, with what it has complained of.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const output = await new Deno.Command(program, { args: [...args], ...options }).output();
  if (output.success) return new TextDecoder().decode(output.stdout).trim();
  throw new Error(`${program} ${args.join(" ")} failed:\n${new TextDecoder().decode(output.stderr)}`);
}
