/** A program that says what it has to say in lines of JSON. Disposing of it ends it. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #said: Promise<string>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const options: Deno.CommandOptions = { args: [...args], env: { NO_COLOR: "1", ...env }, stdin: "null" };
    this.#process = new Deno.Command(command, { ...options, stdout: "piped", stderr: "piped" }).spawn();
    this.#lines = lines(this.#process.stdout);
    this.#said = new Response(this.#process.stderr).text();
  }

  /** The next line. Fails if the program has ended, with what it complained of. */
  async next(): Promise<unknown> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`A program ended before it was done\n${(await this.#said).slice(-4_000)}`);
    return JSON.parse(value);
  }

  /** Ends it at once, if no other signal is named: some let no other end them while a request hangs. */
  kill(signal: Deno.Signal = "SIGKILL"): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#lines.return(undefined);
    await this.#process.status;
    const said = (await this.#said).trim();
    if (said !== "") console.error(said);
  }
}

async function* lines(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      // Whatever else the programs print is for people.
      if (line.startsWith("{")) yield line;
      else if (line.trim() !== "") console.error(line);
    }
  }
}
