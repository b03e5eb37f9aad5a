import type { Clock } from "../../clock.ts";
import type { ByteSource } from "./byte_source.ts";

/** Bytes that hold more characters than a message shows. */
const ENOUGH_BYTES = 1_024;
/** Milliseconds that operations wait for the text of an error. */
const PATIENCE_MS = 1_000;

/** Reads the beginning of an answer's body, for people. Never throws, and waits no longer than a second. */
export async function readErrorText(body: ByteSource | undefined, clock: Clock): Promise<string> {
  if (body === undefined) return "";
  const giveUp = () => void body.cancel().catch(() => "the body is of no more interest");
  const timer = clock.setTimer(giveUp, PATIENCE_MS);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; bytes < ENOUGH_BYTES;) {
      const { done, value } = await body.read();
      if (done) break;
      bytes += value.byteLength;
      text += decoder.decode(value.subarray(0, ENOUGH_BYTES), { stream: true });
    }
  } catch {
    // What has come of it by now has to do.
  } finally {
    clock.clearTimer(timer);
    giveUp();
  }
  return text.trim();
}
