import type { Clock } from "../../clock.ts";
import type { ByteSource } from "./byte_source.ts";

/** Bytes that hold more characters than a message shows, and as a whole what a server refuses with (P8.13). */
const ENOUGH_BYTES = 1_024;
/** Milliseconds that operations wait for the text of an error. */
const PATIENCE_MS = 1_000;

/** Reads the beginning of an answer's body. Never throws, and waits no longer than a second. */
export async function readBeginning(body: ByteSource | undefined, clock: Clock): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  const giveUp = () => void body.cancel().catch(() => "the body is of no more interest");
  const timer = clock.setTimer(giveUp, PATIENCE_MS);
  const beginning = new Uint8Array(ENOUGH_BYTES);
  let bytes = 0;
  try {
    while (bytes < ENOUGH_BYTES) {
      const { done, value } = await body.read();
      if (done) break;
      const next = value.subarray(0, ENOUGH_BYTES - bytes);
      beginning.set(next, bytes);
      bytes += next.length;
    }
  } catch {
    // What has come of it by now has to do.
  } finally {
    clock.clearTimer(timer);
    giveUp();
  }
  return beginning.subarray(0, bytes);
}

/** What an answer begins with, for people. */
export function errorText(beginning: Uint8Array): string {
  return new TextDecoder().decode(beginning).trim();
}
