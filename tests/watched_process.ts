/**
 * The processes that tests start, under the watch: a test fails when one of them dies by itself, or says that an error was
 * caught by nothing.
 *
 * @module
 */

/** How a process is started. */
export interface ProcessOptions {
  readonly args?: readonly string[];
  readonly cwd?: string | URL;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is told something on its standard input. */
  readonly input?: "piped" | "null";
  /** Whether it may fail: the test looks for itself at what the process prints. */
  readonly mayFail?: boolean;
}

/** What a process has left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What the runtimes print of errors that nothing catches: Deno and browsers, Node of what is no error and before it exits,
 * Bun before it exits, workerd, which goes on.
 */
const COMPLAINT =
  /\bUncaught\b|\buncaught (?:exception|error)\b|Unhandled|unhandled ?rejection|^(?:Node\.js|Bun) v\d/im;

/** The numbers of signals that end a process; its exit code is 128 more, if it has no better one. */
const SIGNALS: Readonly<Partial<Record<Deno.Signal, number>>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

const SHOWN_CHARACTERS = 4_000;

/** A process that runs until it is disposed of, or until it has done its work. */
export class WatchedProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #name: string;
  readonly #mayFail: boolean;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #drained: Promise<unknown>;
  /** Exit codes that are as good as 0, because a signal has been sent. */
  readonly #allowedCodes: number[] = [0];
  #stdout = "";
  #stderr = "";
  /** Characters of `#stdout` that have been taken as lines. */
  #taken = 0;
  #isOver = false;
  #isChecked = false;
  /** Resolves when something has been printed, or never will be any more. */
  #news: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(command: string | URL, { args = [], cwd, env, input = "null", mayFail = false }: ProcessOptions = {}) {
    this.#name = [command, ...args].join(" ").slice(0, 200);
    this.#mayFail = mayFail;
    this.#process = new Deno.Command(command, {
      args: [...args],
      ...(cwd === undefined ? {} : { cwd }),
      env: { NO_COLOR: "1", ...env },
      stdin: input,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = input === "piped" ? this.#process.stdin.getWriter() : undefined;
    const reading = [
      this.#read(this.#process.stdout, (text) => this.#stdout += text),
      this.#read(this.#process.stderr, (text) => this.#stderr += text),
    ];
    this.#drained = Promise.all(reading).then(() => {
      this.#isOver = true;
      this.#tellNews();
    });
  }

  /** Its number, to measure it from outside. */
  get pid(): number {
    return this.#process.pid;
  }

  /** What it has printed on its standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The next line that it prints. Fails if there is none any more. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#stdout.indexOf("\n", this.#taken);
      if (end >= 0) {
        const line = this.#stdout.slice(this.#taken, end);
        this.#taken = end + 1;
        return line;
      }
      await this.#moreOrFail();
    }
  }

  /** Waits until it has printed something that matches, on either of its outputs. */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const [found] = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr) ?? [];
      if (found !== undefined) return found;
      await this.#moreOrFail();
    }
  }

  /** Tells it a line. */
  async tell(line: string): Promise<void> {
    if (this.#input === undefined) throw new TypeError(`${this.#name} has no input`);
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Sends it a signal, which is no fault of its own if it ends from that. */
  kill(signal: Deno.Signal = "SIGKILL"): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (error instanceof TypeError) return; // it has ended
      throw error;
    }
    const number = SIGNALS[signal];
    if (number !== undefined) this.#allowedCodes.push(128 + number);
  }

  /**
   * Waits until it ends.
   *
   * @throws {Error} If it fails, or has left an error uncaught.
   */
  async ended(): Promise<Finished> {
    const [{ code }] = await Promise.all([this.#process.status, this.#drained]);
    // What it does not read any more breaks the pipe.
    await this.#input?.close().catch(() => "it has closed its side");
    this.#check(code);
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** Waits until it ends by itself, and ends it if that takes too long. */
  async endsWithin(ms: number): Promise<boolean> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.kill();
    }, ms);
    await this.ended().finally(() => clearTimeout(timer));
    return !isLate;
  }

  /** Ends it, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended();
  }

  async #moreOrFail(): Promise<void> {
    if (!this.#isOver) return await this.#news.promise;
    const { code } = await this.ended();
    throw new Error(`${this.#name} ended with code ${code} before it was done\n${this.#tail()}`);
  }

  #check(code: number): void {
    if (this.#mayFail || this.#isChecked) return;
    this.#isChecked = true;
    if (!this.#allowedCodes.includes(code)) throw new Error(`${this.#name} died with code ${code}\n${this.#tail()}`);
    const [complaint] = COMPLAINT.exec(this.#stderr) ?? COMPLAINT.exec(this.#stdout) ?? [];
    if (complaint !== undefined) {
      throw new Error(`${this.#name} left an error uncaught (${complaint})\n${this.#tail()}`);
    }
  }

  #tail(): string {
    return `${this.#stdout.slice(-SHOWN_CHARACTERS)}\n${this.#stderr.slice(-SHOWN_CHARACTERS)}`.trim();
  }

  async #read(bytes: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void): Promise<void> {
    for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
      add(text);
      this.#tellNews();
    }
  }

  #tellNews(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} If it fails, or leaves an error uncaught.
 */
export async function runProcess(command: string | URL, options: ProcessOptions = {}): Promise<Finished> {
  await using process = new WatchedProcess(command, options);
  return await process.ended();
}

/** Runs Deno to its end. */
export function runDeno(args: readonly string[], options: Omit<ProcessOptions, "args"> = {}): Promise<Finished> {
  return runProcess(Deno.execPath(), { ...options, args });
}
