import type { Clock } from "../../clock.ts";

/** Characters of an answer that are shown. */
const MAX_CHARACTERS = 200;
/** Bytes that hold as many characters. */
const ENOUGH_BYTES = MAX_CHARACTERS * 4;
/** Milliseconds that operations wait for the text of an error. */
const PATIENCE_MS = 1_000;

/** Reads the beginning of an answer's body, for people. Never throws, and waits no longer than a second. */
export async function readErrorText(body: ReadableStream<Uint8Array> | null, clock: Clock): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const giveUp = () => void reader.cancel().catch(() => "the body is of no more interest");
  const timer = clock.setTimer(giveUp, PATIENCE_MS);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; bytes < ENOUGH_BYTES;) {
      const { done, value } = await reader.read();
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
  return text.trim().slice(0, MAX_CHARACTERS).toWellFormed();
}
