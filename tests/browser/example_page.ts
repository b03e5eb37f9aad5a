/** The browser example, served in a process of its own as its first comment says. */
export interface ExamplePage extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
}

/** Starts the example; with the paths of a certificate and its key over HTTPS. */
export async function serveExample(...certificateAndKey: string[]): Promise<ExamplePage> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../../examples/browser/main.ts", import.meta.url).href, "0", ...certificateAndKey],
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  let printed = "";
  for await (const piece of output.values({ preventCancel: true })) {
    printed += piece;
    if (printed.includes("\n")) break;
  }
  const drained = output.pipeTo(new WritableStream());
  const stop = async (): Promise<void> => {
    child.kill("SIGINT");
    await drained;
    const { code } = await child.status;
    if (code !== 0) throw new Error(`The example ended with code ${code}`);
  };
  return { url: printed.trim(), [Symbol.asyncDispose]: stop };
}
