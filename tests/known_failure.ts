/**
 * Tests that are known to fail. Each runs in a process of its own, which has to fail; once it passes, the run fails until
 * the mark is taken away. So a mark can neither be forgotten nor hide that something else has broken.
 *
 * @module
 */

import { IS_NIGHTLY, nightlyName } from "./nightly.ts";

/** Set in the process of its own. */
const ALONE = "TICKETLINK_KNOWN_FAILURE";
const DEADLINE_MS = 30_000;
const SHOWN_CHARACTERS = 2_000;

/** How a test that is known to fail is run. */
export interface KnownFailureOptions {
  /** Runs in which it has to fail at least once: for races. */
  readonly attempts?: number;
  /** Milliseconds after which a run counts as failed and its process is ended. */
  readonly deadlineMs?: number;
  /**
   * What a failing run prints. The default is a failed assertion, so that a test that does not even compile is not taken
   * for one that fails as expected.
   */
  readonly symptom?: RegExp;
  /** As of `Deno.test`: whether it is skipped. */
  readonly ignore?: boolean;
  /** Why it runs at night only, such as how long it takes. */
  readonly nightly?: string;
}

/**
 * Registers a test that fails today.
 *
 * @param issue The title of the issue that mends it, up to its colon.
 * @param url The file of the test: `import.meta.url`.
 * @param name The name of the test, as the behaviour that is right.
 * @param test What shows it. It fails with an assertion, and soon: a call that hangs is given up after a second or two.
 * @param options How it is run.
 */
export function knownFailure(
  issue: string,
  url: string,
  name: string,
  test: (t: Deno.TestContext) => Promise<void> | void,
  options: KnownFailureOptions = {},
): void {
  const { ignore = false, nightly } = options;
  if (Deno.env.has(ALONE)) return Deno.test({ name, ignore, fn: test });
  const marked = `${name} (known to fail: ${issue})`;
  Deno.test({
    name: nightly === undefined ? marked : nightlyName(marked, nightly),
    ignore: ignore || (nightly !== undefined && !IS_NIGHTLY),
    fn: () => mustFail(issue, url, name, options),
  });
}

async function mustFail(issue: string, url: string, name: string, options: KnownFailureOptions): Promise<void> {
  const { attempts = 1, symptom = /AssertionError/ } = options;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { passed, output } = await run(url, name, options.deadlineMs ?? DEADLINE_MS);
    if (passed) continue;
    if (symptom.test(output)) return;
    throw new Error(`It fails, but not as expected: nothing matches ${symptom}\n${output.slice(-SHOWN_CHARACTERS)}`);
  }
  throw new Error(`It passes now. Make it an ordinary test: Deno.test(${JSON.stringify(name)}, …) (${issue})`);
}

/** Runs one test of a file in a process of its own. */
async function run(url: string, name: string, deadlineMs: number): Promise<{ passed: boolean; output: string }> {
  const exactly = `/^${name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$/`;
  const args = ["test", "-A", "--no-check", "--filter", exactly, url];
  const command = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1", [ALONE]: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  await using process = command.spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    process.kill("SIGKILL");
  }, deadlineMs);
  const { success, stdout, stderr } = await process.output();
  clearTimeout(timer);
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  // A filter that matches nothing is success, too.
  const passed = success && /\b1 passed\b/.test(output);
  if (success && !passed) throw new Error(`No test of ${url} is called ${JSON.stringify(name)}\n${output}`);
  return { passed, output: isLate ? `AssertionError: it did not end within ${deadlineMs} ms\n${output}` : output };
}
