import { assertEquals } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/http/mod.ts";
import type { ServerReport } from "./service.ts";

/** A server in a process of its own. */
export class DeployedServer {
  readonly port: number;
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #stopped: Promise<ServerReport> | undefined;

  private constructor(process: Deno.ChildProcess, lines: ReadableStreamDefaultReader<string>, port: number) {
    this.#process = process;
    this.#lines = lines;
    this.port = port;
  }

  /** Starts one. */
  static async start(options: ServiceLinkOptions): Promise<DeployedServer> {
    const script = new URL("server.ts", import.meta.url).pathname;
    const args = ["run", "--no-check", "--allow-net=127.0.0.1", script, JSON.stringify(options)];
    const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await lines.read();
    return new DeployedServer(process, lines, Number(value));
  }

  /** Stops it as a server is stopped that is replaced, and returns what it has to say. */
  stop(): Promise<ServerReport> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<ServerReport> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    await writer.close();
    let text = "";
    for (let read = await this.#lines.read(); !read.done; read = await this.#lines.read()) text += read.value;
    assertEquals((await this.#process.status).code, 0);
    return JSON.parse(text);
  }
}
