/**
 * The memory of a process, measured from outside, as the system sees it.
 *
 * @module
 */
import { assert, AssertionError } from "@std/assert";

/** A mebibyte. */
export const MEBIBYTE: number = 2 ** 20;
/** What a process may grow by beyond a budget: the engine's own slack. */
export const SLACK_BYTES: number = 64 * MEBIBYTE;

const LOOK_MS = 10;

/** Bytes of a process that are in memory now. */
export function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  assert(kibibytes !== undefined, `Process ${pid} has ended`);
  return Number(kibibytes) * 1_024;
}

/** Fails as soon as a process has more than so many bytes in memory while something goes on. */
export async function staysBelow<Value>(
  pid: number,
  name: string,
  limitBytes: number,
  work: Promise<Value>,
): Promise<Value> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const tooMuch = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const bytes = residentBytes(pid);
      if (bytes <= limitBytes) return;
      reject(
        new AssertionError(`${name} has ${inMebibytes(bytes)} in memory, and may have ${inMebibytes(limitBytes)}`),
      );
    }, LOOK_MS);
  });
  try {
    return await Promise.race([work, tooMuch]);
  } finally {
    clearInterval(timer);
  }
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}
