import { assertEquals } from "@std/assert";
import { WatchedProcess } from "../watched_process.ts";

/** The browser example, served in a process of its own as its first comment says. */
export interface ExamplePage extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
}

/** Starts the example; with the paths of a certificate and its key over HTTPS. */
export async function serveExample(...certificateAndKey: string[]): Promise<ExamplePage> {
  const main = new URL("../../examples/browser/main.ts", import.meta.url).href;
  const example = new WatchedProcess(Deno.execPath(), { args: ["run", "-A", main, "0", ...certificateAndKey] });
  const stop = async (): Promise<void> => {
    example.kill("SIGINT");
    assertEquals((await example.ended()).code, 0, "It does not stop as it says");
  };
  return { url: (await example.line()).trim(), [Symbol.asyncDispose]: stop };
}
