/**
 * Runs the tests and lists the lines of `src` that none of them reached; fails below {@linkcode REQUIRED_PERCENT}.
 *
 * Run it with `deno task coverage`.
 *
 * @module
 */
import { type FileCoverage, linePercentage, lineRanges, parseLcov } from "./lcov.ts";

/** Percent of the lines of `src` that tests must reach. */
const REQUIRED_PERCENT = 95;

const PROFILE = "coverage";

/** Runs deno; what it prints goes where this prints, but for `stdout` if that is wanted. */
async function deno(args: string[], stdout: "inherit" | "piped"): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, stdout, stderr: "inherit", stdin: "null" });
  const output = await command.output();
  if (output.code !== 0) Deno.exit(output.code);
  return stdout === "piped" ? new TextDecoder().decode(output.stdout) : "";
}

async function measure(): Promise<FileCoverage[]> {
  // Documents, and much of what is seen from outside, run in processes of their own, which are not measured.
  await deno([
    "test",
    "-A",
    "--clean",
    `--coverage=${PROFILE}`,
    "--coverage-raw-data-only",
    "--ignore=tests/docs,tests/blackbox",
    "tests",
  ], "inherit");
  const report = await deno(["coverage", "--lcov", "--include=/src/", PROFILE], "piped");
  return parseLcov(report).map((file) => ({ ...file, file: file.file.replace(`${Deno.cwd()}/`, "") }));
}

function print(files: readonly FileCoverage[]): void {
  for (const file of files.filter(({ missed }) => missed.length > 0)) {
    console.log(`${linePercentage([file]).toFixed(1).padStart(5)} %  ${file.file}: ${lineRanges(file.missed)}`);
  }
  console.log(`${linePercentage(files).toFixed(1).padStart(5)} %  of the lines of ${files.length} files in src`);
}

const files = await measure();
print(files);
if (!files.some(({ file }) => file.startsWith("src/")) || linePercentage(files) < REQUIRED_PERCENT) {
  console.error(`Coverage is below ${REQUIRED_PERCENT} %`);
  Deno.exit(1);
}
