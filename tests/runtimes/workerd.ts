import { Child } from "./child.ts";
import type { Installation } from "./install.ts";

/** The date whose behaviour of Workers is wanted. */
export const COMPATIBILITY_DATE = "2026-04-01";

/** A workerd that serves one bundle. */
export interface Workerd extends AsyncDisposable {
  readonly port: number;
  /** Ends it at once, or sends it another signal. */
  kill(signal?: Deno.Signal): void;
}

/** Starts workerd with a bundle and a class of Durable Objects, if it has one, on a port of its choice. */
export async function startWorkerd(
  { programs, folder, certificate }: Installation,
  bundle: string,
  className?: string,
): Promise<Workerd> {
  const config = `${folder}/${bundle}.capnp`;
  await Deno.writeTextFile(config, configuration(bundle, certificate.authority.slice(folder.length), className));
  const child = new Child(programs.workerd, ["serve", config, "--control-fd=1"]);
  const { port } = await child.next() as { port: number };
  return { port, kill: (signal) => child.kill(signal), [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** A namespace of Durable Objects of a class, which keep nothing. */
function namespace(className: string): string {
  return `
  bindings = [(name = "OBJECT", durableObjectNamespace = "${className}")],
  durableObjectNamespaces = [(className = "${className}", uniqueKey = "${className}")],
  durableObjectStorage = (inMemory = void),`;
}

function configuration(bundle: string, authority: string, className: string | undefined): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = .network)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${bundle}.mjs")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["enable_request_signal"],${className === undefined ? "" : namespace(className)}
);
const network :Workerd.Network = (
  allow = ["public", "private"],
  tlsOptions = (trustBrowserCas = true, trustedCertificates = [embed "${authority}"]),
);
`;
}
