import { Child } from "./child.ts";
import type { Installation } from "./install.ts";
import { COMPATIBILITY_DATE, startWorkerd } from "./workerd.ts";

/** A server that listens, by the name it has in the table. */
export interface RunningServer {
  readonly name: string;
  readonly protocol: "http:" | "https:";
  readonly port: number;
}

/** Servers that are one program. */
export interface ServerProcess extends AsyncDisposable {
  readonly servers: readonly RunningServer[];
}

type Start = (installation: Installation) => Promise<ServerProcess>;

/** All servers, by the name of their cleartext one; `-h2` is HTTP/2 over TLS. */
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
    const workerd = await startWorkerd(installation, "server_worker");
    const servers: RunningServer[] = [{ name: "workerd", protocol: "http:", port: workerd.port }];
    return { servers, [Symbol.asyncDispose]: () => workerd[Symbol.asyncDispose]() };
  },
  "miniflare": ({ programs, bundles }) => {
    const worker = bundles.get("server_worker") ?? "";
    return start("miniflare", programs.node, [bundles.get("server_miniflare") ?? "", worker, COMPATIBILITY_DATE]);
  },
};

async function startBundle(
  name: string,
  installation: Installation,
  program: string | undefined,
  bundle: string,
): Promise<ServerProcess> {
  // Nothing for this platform: then there is nothing to serve.
  if (program === undefined) return { servers: [], [Symbol.asyncDispose]: () => Promise.resolve() };
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
  const servers: RunningServer[] = [{ name, protocol: "http:", port: plain }];
  if (secure !== undefined) servers.push({ name: `${name}-h2`, protocol: "https:", port: secure });
  return { servers, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
