/** Everything that can be measured, by the name that `--peers` takes. */

/** What processes of a peer run on. */
export type Runtime = "deno" | "node" | "bun";

/** One that can be measured: a module of this folder on a runtime. */
export interface CatalogEntry {
  readonly name: string;
  readonly title: string;
  /** Floors are what the rest is built on, and no rivals. */
  readonly role: "us" | "peer" | "floor";
  readonly runtime: Runtime;
  /** Relative to this file. */
  readonly module: string;
  /** Packages of `package.json` that it is made of, for its version. */
  readonly packages: readonly string[];
  /** Whether it is left out unless it is asked for. */
  readonly isExtra?: boolean;
}

const RUNTIME_TITLES: Readonly<Record<Runtime, string>> = { deno: "Deno", node: "Node", bun: "Bun" };

/** One entry for each of several runtimes. */
function onEach(
  runtimes: readonly Runtime[],
  { name, title, ...entry }: Omit<CatalogEntry, "runtime">,
): CatalogEntry[] {
  return runtimes.map((runtime) => ({
    ...entry,
    name: `${name}-${runtime}`,
    title: `${title}, ${RUNTIME_TITLES[runtime]}`,
    runtime,
  }));
}

/** All of them, in the order of the report. */
export const CATALOG: readonly CatalogEntry[] = [
  ...onEach(["node", "deno", "bun"], {
    name: "us",
    title: "ticketlink",
    role: "us",
    module: "./ticketlink.mjs",
    packages: [],
  }),
  ...onEach(["node", "deno", "bun"], {
    name: "us-cbor",
    title: "ticketlink with CBOR messages",
    role: "us",
    module: "./ticketlink_cbor.mjs",
    packages: [],
    isExtra: true,
  }),
  ...onEach(["node", "deno"], {
    name: "frames",
    title: "coalesced frames, no semantics",
    role: "floor",
    module: "./frames_floor.mjs",
    packages: [],
  }),
  ...onEach(["bun"], {
    name: "frames",
    title: "coalesced frames, no semantics",
    role: "floor",
    module: "./frames_floor.mjs",
    packages: [],
    isExtra: true,
  }),
  ...onEach(["node"], {
    name: "fetch",
    title: "bare fetch",
    role: "floor",
    module: "./fetch_floor.mjs",
    packages: [],
  }),
  ...onEach(["deno", "bun"], {
    name: "fetch",
    title: "bare fetch",
    role: "floor",
    module: "./fetch_floor.mjs",
    packages: [],
    isExtra: true,
  }),
];
