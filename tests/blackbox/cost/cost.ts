import process from "node:process";

/** What something has cost this process. */
export interface Cost {
  /** Milliseconds of all cores. */
  readonly cpuMs: number;
  /** The longest stretch without a turn for anything else, in milliseconds of work: other processes do not count. */
  readonly longestMs: number;
}

/** Measures what work costs this process. */
export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const began = cpuMs();
  let longestMs = 0;
  let lastCpu = began;
  let lastWall = performance.now();
  const look = (): void => {
    const cpu = cpuMs();
    const wall = performance.now();
    // Threads of the runtime work beside this one, so that neither clock is enough.
    longestMs = Math.max(longestMs, Math.min(cpu - lastCpu, wall - lastWall));
    lastCpu = cpu;
    lastWall = wall;
  };
  const timer = setInterval(look, 2);
  try {
    await work();
    // A stretch at the end counts as well.
    await new Promise((resolve) => setTimeout(resolve, 4));
    look();
  } finally {
    clearInterval(timer);
  }
  return { cpuMs: cpuMs() - began, longestMs };
}

/** The costs of the cheapest of several runs: what others do on the machine only adds to them. */
export async function leastCostOf(runs: number, work: () => Promise<unknown>): Promise<Cost> {
  let least: Cost = { cpuMs: Infinity, longestMs: Infinity };
  for (let run = 0; run < runs; run++) {
    const cost = await costOf(work);
    least = { cpuMs: Math.min(least.cpuMs, cost.cpuMs), longestMs: Math.min(least.longestMs, cost.longestMs) };
  }
  return least;
}

/** A cost in words. */
export function inWords({ cpuMs, longestMs }: Cost): string {
  return `${Math.round(cpuMs)} ms of CPU, ${Math.round(longestMs)} ms of them in one stretch`;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
