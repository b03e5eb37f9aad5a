import process from "node:process";
import { pause } from "./pause.ts";

/** What a process has when nothing is to do. */
export interface Rest {
  /** Bytes on the heap after forced collections. */
  readonly heapBytes: number;
  /** Bytes of the whole process. */
  readonly processBytes: number;
  readonly operations: number;
  readonly exchanges: number;
  readonly timers: number;
}

/** What can be counted at any time. */
export type Alive = Pick<Rest, "operations" | "exchanges" | "timers">;

/** Milliseconds in which everything is to come to rest: a peer that has fallen silent is noticed within two heartbeats. */
const REST_WITHIN_MS = 12_000;
const COLLECTIONS = 6;

/**
 * Waits until nothing is alive, as long as that may take, then collects garbage and measures.
 *
 * @param alive Counts what is alive.
 */
export async function comeToRest(alive: () => Alive): Promise<Rest> {
  const until = performance.now() + REST_WITHIN_MS;
  while (isAlive(alive()) && performance.now() < until) await pause(50);
  const heapBytes = await leastHeap();
  return { heapBytes, processBytes: process.memoryUsage().rss, ...alive() };
}

function isAlive({ operations, exchanges, timers }: Alive): boolean {
  return operations + exchanges + timers > 0;
}

/** Finalizers and streams let go in turns of their own, so one collection is not enough. */
async function leastHeap(): Promise<number> {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") throw new Error("Cannot collect garbage: --v8-flags=--expose-gc is missing");
  let least = Infinity;
  for (let round = 0; round < COLLECTIONS; round++) {
    await pause(30);
    collect();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}
