import { checkPair } from "./pair_properties.ts";
import { checkRun } from "./run_properties.ts";
import { checkSide } from "./side_properties.ts";
import { Simulation } from "./simulation.ts";

/** What came of one run. */
export interface SimulationResult {
  readonly seed: number;
  /** The same for two runs of one seed. */
  readonly hash: string;
  /** What did not hold; empty if all is well. */
  readonly problems: readonly string[];
  /** What happened, in order, if it was asked for. */
  readonly trace: readonly string[];
  /** The rule that was broken on purpose, if that has reached anybody. */
  readonly forgery: string | undefined;
  /** How each operation ended at both sides. */
  readonly outcomes: readonly string[];
}

/**
 * Makes a run of a seed and checks everything that must hold.
 *
 * @param seed Any integer.
 * @param options Whether the trace is kept.
 * @returns What came of it.
 */
export async function simulate(seed: number, options: { readonly trace?: boolean } = {}): Promise<SimulationResult> {
  const rejections = watchRejections();
  const simulation = new Simulation(seed, options.trace);
  try {
    await simulation.run();
  } finally {
    rejections.stop();
  }
  const { world, strike } = simulation;
  for (const reason of rejections.reasons) world.wrong(`Unhandled rejection: ${reason}`);
  const pairs = world.pairs();
  for (const [invocation, service] of pairs) {
    checkSide(simulation, invocation, service);
    checkSide(simulation, service, invocation);
    checkPair(simulation, invocation, service);
  }
  checkRun(simulation);
  return {
    seed,
    hash: world.trace.hash,
    problems: world.problems,
    trace: world.trace.lines,
    forgery: strike?.strike.deliveredAtMs === undefined ? undefined : strike.strike.forgery.name,
    outcomes: pairs.map(([invocation, service]) => `${invocation.kind ?? "-"} / ${service.kind ?? "-"}`),
  };
}

/** Notes the promises that fail and that nobody looks after: there may be none. */
function watchRejections(): { readonly reasons: unknown[]; stop(): void } {
  const reasons: unknown[] = [];
  const note = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", note);
  return { reasons, stop: () => globalThis.removeEventListener("unhandledrejection", note) };
}
