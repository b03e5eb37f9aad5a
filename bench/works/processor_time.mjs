// @ts-check
/** @import { Measures, Session } from "../runner/session.ts" */

/** @satisfies {import("./work.ts").Work["metrics"]} */
export const PROCESSOR_METRICS = {
  clientMicros: { title: "CPU, client", unit: "µs", better: "lower" },
  serverMicros: { title: "CPU, server", unit: "µs", better: "lower" },
};

/**
 * Does something and adds how much processor time each of its operations took on either side.
 *
 * @param {Session} session
 * @param {() => Promise<{ operations: number } & Record<string, number>>} action
 * @returns {Promise<Measures>}
 */
export async function withProcessorTime(session, action) {
  const serverBefore = await session.serverState();
  const clientBefore = await session.clientState();
  const { operations, ...measures } = await action();
  const clientAfter = await session.clientState();
  const serverAfter = await session.serverState();
  return {
    ...measures,
    clientMicros: (clientAfter.cpuMicros - clientBefore.cpuMicros) / operations,
    serverMicros: (serverAfter.cpuMicros - serverBefore.cpuMicros) / operations,
  };
}
