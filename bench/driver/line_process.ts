import { TextLineStream } from "./text_line_stream.ts";

/** A process that answers lines with lines of JSON. */
export class LineProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  /**
   * Starts it.
   *
   * @param command The program and its arguments.
   * @param env What its environment has besides ours.
   */
  constructor(command: readonly [string, ...string[]], env: Readonly<Record<string, string>> = {}) {
    const [program, ...args] = command;
    this.#process = new Deno.Command(program, { args, env, stdin: "piped", stdout: "piped" }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Writes a line and waits for the next. */
  async ask(command: unknown, timeoutMs: number): Promise<unknown> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    return await this.next(timeoutMs);
  }

  /**
   * Waits for a line.
   *
   * @throws {Error} If none comes in time, the process ends, or it says that something has failed.
   */
  async next(timeoutMs: number): Promise<unknown> {
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`It did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
    try {
      const { value } = await Promise.race([this.#lines.read(), timeout]);
      if (value === undefined) throw new Error("Its process has ended");
      return accepted(JSON.parse(value));
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#writer.abort().catch(() => {});
    await this.#lines.cancel();
  }
}

function accepted(answer: unknown): unknown {
  if (typeof answer === "object" && answer !== null && "error" in answer) throw new Error(String(answer.error));
  return answer;
}
