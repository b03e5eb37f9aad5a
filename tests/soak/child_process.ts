/**
 * Two processes that talk in lines of JSON: the parent's side and the child's.
 *
 * @module
 */

/** What a parent tells its child, one at a time; each is answered by one line. */
export type Command = { readonly do: "load"; readonly ms: number } | { readonly do: "rest" } | { readonly do: "stop" };

/** V8 throws compiled code away and makes it anew, a megabyte now and then, which looks like growth. */
const V8_FLAGS = "--v8-flags=--expose-gc,--no-flush-bytecode";

/** The parent's side. */
export class Child<Answers extends { readonly [Name in Command["do"] | "start"]: unknown }> {
  readonly name: string;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, file: string, args: readonly string[]) {
    this.name = name;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        ...["--no-check", "--no-prompt", "--allow-net=127.0.0.1", V8_FLAGS],
        new URL(file, import.meta.url).pathname,
        ...args,
      ],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = lines(this.#process.stdout);
  }

  /** Waits for the line that says that it is ready. */
  started(): Promise<Answers["start"]> {
    return this.#answer("start");
  }

  /** Tells it something, and waits for what it answers. */
  async ask<Name extends Command["do"]>(command: Command & { readonly do: Name }): Promise<Answers[Name]> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    return await this.#answer(command.do);
  }

  /** Tells whether it ends by itself, well, within a time; one that does not is killed. */
  async endsWithin(ms: number): Promise<boolean> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#process.kill("SIGKILL");
    }, ms);
    const [{ success }] = await Promise.all([this.#process.status, this.#lines.return?.()]);
    clearTimeout(timer);
    await this.#writer.close().catch(() => "it has closed its side");
    return success && !late;
  }

  async #answer<Name extends keyof Answers>(to: Name): Promise<Answers[Name]> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`The ${this.name} ended without an answer to "${String(to)}"`);
    return JSON.parse(value) as Answers[Name]; // both sides are ours, and name the same type
  }
}

/** The child's side: the parent's commands, as they come. */
export async function* commands(): AsyncGenerator<Command> {
  for await (const line of lines(Deno.stdin.readable)) yield JSON.parse(line);
}

/** Answers the parent. */
export function answer(value: unknown): void {
  console.log(JSON.stringify(value));
}

async function* lines(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of bytes.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n");
    text = parts.pop() ?? "";
    yield* parts;
  }
}
