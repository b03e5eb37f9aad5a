import { runDeno } from "../../watched_process.ts";
import { bundle } from "../../../examples/browser/bundle.ts";
import { Attached, freePort, listening } from "../../attached.ts";

/** A Worker on the runtime of Cloudflare Workers. */
export interface Worker extends AsyncDisposable {
  readonly url: string;
  /** The number of its process, to measure it from outside. */
  readonly pid: number;
}

/** How a Worker is started. */
export interface WorkerOptions {
  /** Stands before the module. */
  readonly prelude?: string;
  /** What the runtime is to do that it does not by default. */
  readonly compatibilityFlags?: readonly string[];
}

/** Bundles a module and starts it in workerd. */
export async function startWorker(
  module: URL,
  { prelude = "", compatibilityFlags = [] }: WorkerOptions = {},
): Promise<Worker> {
  const folder = await Deno.makeTempDir({ prefix: "workerd" });
  const port = freePort();
  await Deno.writeTextFile(`${folder}/worker.mjs`, prelude + await bundle(module));
  await Deno.writeTextFile(
    `${folder}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
);
`,
  );
  // It prints what requests leave uncaught, which their answers show as well.
  const workerd = new Attached(await findWorkerd(), ["serve", `${folder}/config.capnp`], { mayFail: true });
  await listening(port);
  return {
    pid: await workerd.pid(),
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      await workerd[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function findWorkerd(): Promise<string> {
  const { stdout } = await runDeno(["run", "-A", "--quiet", new URL("workerd_path.ts", import.meta.url).href]);
  return stdout.trim();
}
