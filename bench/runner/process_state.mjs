// @ts-check
import process from "node:process";

/** @type {any} What only some runtimes have. */
const { Bun, gc } = globalThis;

/**
 * What a process has used so far.
 *
 * @typedef {{ cpuMicros: number, heapBytes: number, rssBytes: number }} ProcessState
 */

/**
 * @param {{ collectsGarbage?: boolean }} [options] Whether to collect garbage first.
 * @returns {Promise<ProcessState>}
 */
export async function processState({ collectsGarbage = false } = {}) {
  if (collectsGarbage) await collectGarbage();
  const { user, system } = process.cpuUsage();
  const { heapUsed, rss } = process.memoryUsage();
  return { cpuMicros: user + system, heapBytes: heapUsed, rssBytes: rss };
}

/** Several times, with turns between them for what is freed by callbacks. */
async function collectGarbage() {
  for (let i = 0; i < 3; i++) {
    if (Bun !== undefined) Bun.gc(true);
    else gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
