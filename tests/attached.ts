import { WatchedProcess } from "./watched_process.ts";

/**
 * What a shell does with a program that is to end with whoever has started it: that one holds the standard input. The
 * shell fails if the program ends before. The first line tells the program's number. What ends the shell ends the program
 * first, and a folder that is the program's own goes when the program has ended.
 */
const SCRIPT = `exec 3<&0
scratch=$1
shift
sh -c 'echo $$; exec "$@"' sh "$@" 3<&- & program=$!
trap "kill $program" TERM
(read -r _ <&3; trap "" TERM; kill $program) & guard=$!
wait $program; code=$?
[ $code -le 128 ] || wait $program
if [ -n "$scratch" ]; then rm -rf "$scratch" || { sleep 1; rm -rf "$scratch"; }; fi
kill $guard 2>/dev/null
wait $guard && exit 0
echo "It ended by itself with code $code" >&2
exit 1`;

/** How a program is attached. */
export interface AttachedOptions {
  /** As of {@linkcode WatchedProcess}. */
  readonly mayFail?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder that is removed when the program has ended. */
  readonly scratch?: string;
}

/** A program of another's that ends at the latest when this process does, however it is ended. */
export class Attached implements AsyncDisposable {
  readonly #process: WatchedProcess;

  /**
   * @param command A program that ends on SIGTERM.
   * @param args What it is given.
   * @param options What becomes of it.
   */
  constructor(
    command: string,
    args: readonly string[],
    { mayFail = false, env = {}, scratch = "" }: AttachedOptions = {},
  ) {
    this.#process = new WatchedProcess("sh", {
      args: ["-c", SCRIPT, "sh", scratch, command, ...args],
      env,
      input: "piped",
      mayFail,
    });
  }

  /** The program's number, to measure it from outside. To be asked for once. */
  async pid(): Promise<number> {
    return Number(await this.#process.line());
  }

  /** The next line that it prints, after its number. */
  line(): Promise<string> {
    return this.#process.line();
  }

  /** Waits until it has printed something that matches, on either of its outputs. Fails if it ends before. */
  printed(pattern: RegExp): Promise<string> {
    return this.#process.printed(pattern);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.tell("end").catch(() => "it has ended already, and is to say why");
    await this.#process.ended();
  }
}

/**
 * A port of loopback that nothing listens on. It is not one of those that systems give to connections that go out, so that
 * it stays free when it is left for a while.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Waits until something listens on a port of loopback. */
export async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error(`Nothing listens on port ${port}`);
}
