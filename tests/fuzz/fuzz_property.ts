import fc from "fast-check";

/** How much is tried, and where it begins. */
export interface FuzzPlan {
  /** Inputs to be tried, at the least. */
  readonly inputs: number;
  /** Where randomness begins; the same seed tries the same inputs. */
  readonly seed: number;
  /** Which of the seed's cases, for the replay of one that has failed. */
  readonly path?: string | undefined;
}

/** Something that must hold whatever the input. */
export interface FuzzProperty {
  /** What holds. */
  readonly name: string;
  /** Its part of all inputs. */
  readonly share: number;
  /**
   * Tries inputs.
   *
   * @param plan How many, and from where.
   * @returns How many inputs there were.
   * @throws {Error} If one of them shows that the property does not hold; the message has the least such input and how to
   * replay it.
   */
  run(plan: FuzzPlan): Promise<number>;
}

/** What tells a property apart, and how it is checked. */
export interface FuzzPropertyOptions<Case> {
  readonly name: string;
  readonly share: number;
  readonly cases: fc.Arbitrary<Case>;
  /** Checks a case and returns how many inputs it was. */
  readonly check: (drawn: Case) => number | Promise<number>;
}

/** Cases in one go; the next one has the next seed, so that a failure late in a long run replays at once. */
const CASES_AT_ONCE = 2_000;

/**
 * Makes a property of a generator and a check.
 *
 * @param options Both.
 * @returns The property.
 */
export function fuzzProperty<Case>({ name, share, cases, check }: FuzzPropertyOptions<Case>): FuzzProperty {
  const run = async (plan: FuzzPlan): Promise<number> => {
    const { stackTraceLimit } = Error;
    // Most inputs end as an error, and half the time would go into the stacks of errors. A replay has them.
    if (plan.path === undefined) Error.stackTraceLimit = 0;
    try {
      return await search(plan);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  const search = async ({ inputs, seed, path }: FuzzPlan): Promise<number> => {
    let done = 0;
    const property = fc.asyncProperty(cases, async (drawn) => {
      const checked = check(drawn);
      done += typeof checked === "number" ? checked : await checked;
    });
    for (let batch = seed; done < inputs; batch++) {
      const replay = path === undefined ? {} : { path, endOnFailure: true };
      // A case is one input at the least, and some are several.
      const numRuns = Math.min(CASES_AT_ONCE, Math.max(20, Math.ceil((inputs - done) / 4)));
      const details = await fc.check(property, { seed: batch, numRuns, ...replay });
      if (details.failed) throw failure(name, details);
      if (path !== undefined) break;
    }
    return done;
  };
  return { name, share, run };
}

function failure<Case>(name: string, details: fc.RunDetails<Case>): Error {
  const replay = `deno task fuzz --property "${name}" --seed ${details.seed} --path "${details.counterexamplePath}"`;
  const report = fc.defaultReportMessage(details) ?? "no report";
  return new Error(`${name}: does not hold. Replay it with\n  ${replay}\n${report}`, { cause: details.errorInstance });
}
