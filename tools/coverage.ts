/**
 * Lists the lines of `src` that the tests did not reach; fails below {@linkcode REQUIRED_PERCENT}. It reads what
 * `deno task test:coverage` has left, and runs nothing.
 *
 * Run it with `deno task coverage`.
 *
 * @module
 */
import { type FileCoverage, linePercentage, lineRanges, parseLcov } from "./lcov.ts";

/** Percent of the lines of `src` that tests must reach. */
const REQUIRED_PERCENT = 95;

/** Where `deno task test:coverage` leaves what it has seen. What runs in processes of its own is not measured. */
const PROFILE = "coverage";

async function measure(): Promise<FileCoverage[]> {
  const args = ["coverage", "--lcov", "--include=/src/", PROFILE];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`Cannot read ${PROFILE}: run deno task test:coverage first`);
  const report = new TextDecoder().decode(stdout);
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
