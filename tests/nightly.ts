/**
 * What takes long and rarely fails runs at night: `.ci/nightly` sets `TICKETLINK_NIGHTLY`. Otherwise tests of many cases take
 * a sample of them, and some are ignored, under a name that says why.
 *
 * @module
 */

/** Whether everything runs, at its full size. */
export const IS_NIGHTLY: boolean = (Deno.env.get("TICKETLINK_NIGHTLY") ?? "") !== "";

/** What `Deno.test` takes beside the name. */
type TestBody = Omit<Deno.TestDefinition, "name">;

/**
 * Registers a test that runs at night only.
 *
 * @param why Why: how long it takes, or what it takes up.
 * @param name The name of the test.
 * @param test The test.
 */
export function nightlyTest(why: string, name: string, test: TestBody | TestBody["fn"]): void {
  const { ignore = false, ...body } = typeof test === "function" ? { fn: test } : test;
  Deno.test({ ...body, name: nightlyName(name, why), ignore: ignore || !IS_NIGHTLY });
}

/** The name of a test that runs at night only. `.ci/steps.sh` knows by it that the test is not missing. */
export function nightlyName(name: string, why: string): string {
  return `${name} (nightly: ${why})`;
}
