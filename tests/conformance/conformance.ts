import { AssertionError, assertRejects, show } from "./assert.ts";
import { CASES, LOSS_CASES } from "./cases/mod.ts";
import type { ConformanceCase } from "./conformance_case.ts";
import type { ClientLibrary } from "./library.ts";
import { isHopeless, type Refusal, refusalOf } from "./refusals.ts";
import { sleep } from "./sleep.ts";
import { Stage } from "./stage.ts";
import type { ConformanceTarget } from "./target.ts";

/** Milliseconds that a case may take. */
const CASE_TIMEOUT_MS = 20_000;
/** Milliseconds that its connections may take to close. */
const CLOSING_TIMEOUT_MS = 3_000;

/** What became of one case. */
export interface CaseResult {
  readonly name: string;
  /** Whether it works, is refused as it is to be, or neither. */
  readonly result: "works" | "refused" | "failed";
  readonly ms: number;
  /** The code that it was refused with, or why it failed. */
  readonly detail?: string | undefined;
}

/**
 * Runs all cases, one after the other, and those that only wait beside them.
 *
 * @param library The library, wherever it comes from.
 * @param target Which client, server and exchange.
 * @returns One result for each case. Where nothing is to work, one call stands for all.
 */
export async function conformance(library: ClientLibrary, target: ConformanceTarget): Promise<CaseResult[]> {
  const all = target.suite === "loss" ? LOSS_CASES : CASES;
  const wanted = all.filter(({ name }) => target.only === undefined || name.includes(target.only));
  const cases = isHopeless(target) ? all.slice(0, 1) : wanted;
  const quiet = cases.filter(({ disturbs }) => !disturbs);
  const lanes = [quiet.filter(({ waits }) => !waits), quiet.filter(({ waits }) => waits)];
  const results = await Promise.all(lanes.map((lane) => runInTurn(library, target, lane)));
  return [...results.flat(), ...await runInTurn(library, target, cases.filter(({ disturbs }) => disturbs))];
}

async function runInTurn(
  library: ClientLibrary,
  target: ConformanceTarget,
  cases: readonly ConformanceCase[],
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const candidate of cases) results.push(await runCase(library, target, candidate));
  return results;
}

async function runCase(
  library: ClientLibrary,
  target: ConformanceTarget,
  candidate: ConformanceCase,
): Promise<CaseResult> {
  const { name } = candidate;
  const startMs = performance.now();
  const refusal = refusalOf(target, candidate.needs);
  const stage = new Stage(library, target);
  const elapsed = (): number => Math.round(performance.now() - startMs);
  try {
    await attempt(stage, candidate, refusal);
    return { name, result: refusal === undefined ? "works" : "refused", ms: elapsed(), detail: refusal?.code };
  } catch (error) {
    return { name, result: "failed", ms: elapsed(), detail: show(error) };
  }
}

async function attempt(stage: Stage, { run }: ConformanceCase, refusal: Refusal | undefined): Promise<void> {
  try {
    await within(CASE_TIMEOUT_MS, refusal === undefined ? run(stage) : assertRefused(stage, run(stage), refusal));
  } finally {
    // In good order or not: a channel that cannot be closed fails its case.
    await within(CLOSING_TIMEOUT_MS, stage[Symbol.asyncDispose]());
  }
}

/** What a channel cannot be made for at all is refused before there is a call. */
async function assertRefused(stage: Stage, run: Promise<void>, { code }: Refusal): Promise<void> {
  const error = await assertRejects(run);
  if (error instanceof AssertionError && code === "unnoticed") return;
  if (error instanceof TypeError && error.message.startsWith("Cannot make an invocation link")) return;
  await stage.assertFails(Promise.reject(error), code);
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const late = sleep(ms, done.signal).then(() => {
    if (!done.signal.aborted) throw new AssertionError(`It took longer than ${ms} ms`);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}
