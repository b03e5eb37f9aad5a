import { Attached, freePort, listening } from "../attached.ts";
import { inTime } from "../deadline.ts";
import { programNamed } from "../programs.ts";
import { WebDriverSession } from "./web_driver.ts";

/** What drives WebKitGTK, and comes with its MiniBrowser. */
export const WEBKIT_DRIVER = programNamed("WebKitWebDriver", "webkit2gtk-driver");

/** The display that MiniBrowser needs, as it has no mode without a window. */
export const XVFB = programNamed("Xvfb", "xvfb");

/** Where Debian has it. */
const MINI_BROWSER = `/usr/lib/${Deno.build.arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

/** Milliseconds that the display may take to start on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** Parts of what is removed at the end that have an environment variable each: whatever it keeps, it keeps there. */
const FOLDERS = ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"];

/** MiniBrowser on a display of its own. It accepts any certificate, keeps nothing, and ends with this process. */
export interface RunningWebKit extends AsyncDisposable {
  readonly session: WebDriverSession;
}

/**
 * Starts a WebKit.
 *
 * @param timeoutMs Milliseconds that each command, and each script, may take.
 */
export async function startWebKit(timeoutMs: number): Promise<RunningWebKit> {
  await using starting = new AsyncDisposableStack();
  const scratch = await Deno.makeTempDir({ prefix: "webkit" });
  // MiniBrowser ends when its display does, also where nothing else has ended it.
  const displayArgs = ["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"];
  const display = starting.use(new Attached(XVFB.path, displayArgs, { scratch }));
  await display.pid();
  const number = await inTime("Xvfb to have a display", START_TIMEOUT_MS, display.line());
  const env = {
    DISPLAY: `:${number}`,
    NO_AT_BRIDGE: "1",
    ...Object.fromEntries(FOLDERS.map((name) => [name, scratch])),
  };
  const port = freePort();
  starting.use(new Attached(WEBKIT_DRIVER.path, [`--port=${port}`], { env }));
  await listening(port);
  const capabilities = {
    acceptInsecureCerts: true,
    "webkitgtk:browserOptions": { binary: MINI_BROWSER, args: ["--automation"] },
  };
  const session = starting.use(await WebDriverSession.begin(`http://127.0.0.1:${port}`, capabilities, timeoutMs));
  const running = starting.move();
  return { session, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
