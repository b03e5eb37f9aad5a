import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { WatchedProcess } from "../watched_process.ts";
import type { ServerReport } from "./service.ts";

/** A server in a process of its own. */
export class DeployedServer {
  readonly port: number;
  readonly #process: WatchedProcess;
  #stopped: Promise<ServerReport> | undefined;

  private constructor(process: WatchedProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  /** Starts one. */
  static async start(options: ServiceLinkOptions): Promise<DeployedServer> {
    const script = new URL("server.ts", import.meta.url).pathname;
    const args = ["run", "--no-check", "--allow-net=127.0.0.1", script, JSON.stringify(options)];
    const process = new WatchedProcess(Deno.execPath(), { args, input: "piped" });
    return new DeployedServer(process, Number(await process.line()));
  }

  /** Stops it as a server is stopped that is replaced, and returns what it has to say. */
  stop(): Promise<ServerReport> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<ServerReport> {
    await this.#process.tell("");
    const report = await this.#process.line();
    await this.#process.ended();
    return JSON.parse(report);
  }
}
