import { WatchedProcess } from "../watched_process.ts";

/** A program that says what it has to say in lines of JSON. Disposing of it ends it. */
export class Child extends WatchedProcess {
  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    super(command, { args, env });
  }

  /** The next line. Fails if the program has ended, with what it complained of. */
  async next(): Promise<unknown> {
    for (;;) {
      const line = await this.line();
      if (line.startsWith("{")) return JSON.parse(line);
      // Whatever else the programs print is for people.
      if (line.trim() !== "") console.error(line);
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    const said = this.stderr.trim();
    if (said !== "") console.error(said);
  }
}
