import { Attached } from "../attached.ts";
import { inTime } from "../deadline.ts";
import { programNamed } from "../programs.ts";

/** Where Firefox is, and whether tests that need it are skipped. */
export const FIREFOX = programNamed("firefox-esr");

/** Milliseconds that it may take to start on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** A Firefox without a window and with a profile of its own, both of which end with this process. */
export interface RunningFirefox extends AsyncDisposable {
  /** Where it speaks WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/), in a session that is yet to be begun. */
  readonly endpoint: string;
}

/** Starts a Firefox. */
export async function startFirefox(): Promise<RunningFirefox> {
  const scratch = await Deno.makeTempDir({ prefix: "firefox" });
  const args = ["--headless", "--no-remote", "--profile", scratch, "--remote-debugging-port=0", "about:blank"];
  const firefox = new Attached(FIREFOX.path, args, { scratch });
  try {
    const listening = firefox.printed(/WebDriver BiDi listening on ws:\S+/);
    const line = await inTime("Firefox to listen", START_TIMEOUT_MS, listening);
    const endpoint = `${line.slice(line.indexOf("ws:"))}/session`;
    return { endpoint, [Symbol.asyncDispose]: () => firefox[Symbol.asyncDispose]() };
  } catch (error) {
    await firefox[Symbol.asyncDispose]();
    throw error;
  }
}
