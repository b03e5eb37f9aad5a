import { sleep } from "../conformance/sleep.ts";
import { Child } from "./child.ts";
import type { Installation } from "./install.ts";
import { COMPATIBILITY_DATE, startWorkerd } from "./workerd.ts";

/** A server that listens, by the name it has in the table. */
export interface RunningServer {
  readonly name: string;
  readonly protocol: "http:" | "https:";
  readonly port: number;
  readonly path: string;
}

/** Servers that are one program. */
export interface ServerProcess extends AsyncDisposable {
  readonly servers: readonly RunningServer[];
  /** Ends it at once, or sends it another signal. */
  kill(signal?: Deno.Signal): void;
}

type Start = (installation: Installation) => Promise<ServerProcess>;

/** All servers, by the name of their cleartext one; `-h2` is HTTP/2 over TLS, `-object` a Durable Object. */
export const SERVERS: Readonly<Record<string, Start>> = {
  "deno": (installation) =>
    startProgram("deno", installation, Deno.execPath(), [
      "run",
      "--allow-net",
      "--allow-read",
      new URL("server_deno.ts", import.meta.url).pathname,
    ]),
  "node": (installation) => startBundle("node", installation, installation.programs.node, "server_node"),
  "node-later": (installation) =>
    startBundle("node-later", installation, installation.programs.laterNode, "server_node"),
  "bun": (installation) => startBundle("bun", installation, installation.programs.bun, "server_bun"),
  "workerd": async (installation) => {
    const workerd = await startWorkerd(installation, "server_worker", "ConformanceObject");
    return {
      servers: withObject("workerd", workerd.port),
      kill: (signal) => workerd.kill(signal),
      [Symbol.asyncDispose]: () => workerd[Symbol.asyncDispose](),
    };
  },
  "miniflare": async ({ programs, bundles }) => {
    const worker = bundles.get("server_worker") ?? "";
    const args = [bundles.get("server_miniflare") ?? "", worker, COMPATIBILITY_DATE];
    const process = await start("miniflare", programs.node, args);
    return {
      ...process,
      servers: withObject("miniflare", process.servers[0]?.port ?? 0),
      async [Symbol.asyncDispose]() {
        // What it has started itself would outlive it otherwise.
        process.kill("SIGTERM");
        await sleep(500);
        await process[Symbol.asyncDispose]();
      },
    };
  },
};

/** A server on Workers, and the same behind a Durable Object. */
function withObject(name: string, port: number): RunningServer[] {
  return [
    { name, protocol: "http:", port, path: "/rpc" },
    { name: `${name}-object`, protocol: "http:", port, path: "/object/rpc" },
  ];
}

async function startBundle(
  name: string,
  installation: Installation,
  program: string | undefined,
  bundle: string,
): Promise<ServerProcess> {
  // Nothing for this platform: then there is nothing to serve.
  if (program === undefined) return { servers: [], kill: () => {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  return await startProgram(name, installation, program, [installation.bundles.get(bundle) ?? ""]);
}

function startProgram(
  name: string,
  { certificate }: Installation,
  program: string,
  args: readonly string[],
): Promise<ServerProcess> {
  return start(name, program, [...args, certificate.cert, certificate.key]);
}

async function start(name: string, program: string, args: readonly string[]): Promise<ServerProcess> {
  const child = new Child(program, args);
  const { plain, secure } = await child.next() as { plain: number; secure?: number };
  const servers: RunningServer[] = [{ name, protocol: "http:", port: plain, path: "/rpc" }];
  if (secure !== undefined) servers.push({ name: `${name}-h2`, protocol: "https:", port: secure, path: "/rpc" });
  return { servers, kill: (signal) => child.kill(signal), [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
