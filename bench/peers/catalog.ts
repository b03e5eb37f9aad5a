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
  /** Whether it streams over plain HTTP, as we do. */
  readonly streamsOverHttp?: boolean;
  /** Whether it is left out unless it is asked for. */
  readonly isExtra?: boolean;
}

const RUNTIME_TITLES: Readonly<Record<Runtime, string>> = {
  deno: "Deno",
  node: "Node",
  bun: "Bun",
};

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

const US = { role: "us", packages: [] } as const;
const FLOOR = { role: "floor", packages: [] } as const;
const TICKETLINK = {
  ...US,
  name: "us",
  title: "ticketlink",
  module: "./ticketlink.mjs",
};
const TICKETLINK_CBOR = {
  ...US,
  name: "us-cbor",
  title: "ticketlink with CBOR messages",
  module: "./ticketlink_cbor.mjs",
  isExtra: true,
};
const TICKETLINK_SINGLE = {
  ...US,
  name: "us-single",
  title: "ticketlink, a request for each call",
  module: "./ticketlink_single.mjs",
  isExtra: true,
};
const HONO_JSON = {
  ...FLOOR,
  name: "hono-json",
  title: "JSON through Hono",
  module: "./hono_json.mjs",
  isExtra: true,
};
const FRAMES = {
  ...FLOOR,
  name: "frames",
  title: "coalesced frames, no semantics",
  module: "./frames_floor.mjs",
};
const FETCH = {
  ...FLOOR,
  name: "fetch",
  title: "bare fetch",
  module: "./fetch_floor.mjs",
};

/** What people would use instead, on the runtime that all of them are made for. */
const RIVALS: readonly Pick<CatalogEntry, "name" | "title" | "packages" | "streamsOverHttp">[] = [
  { name: "grpc", title: "grpc-js, HTTP/2", packages: ["@grpc/grpc-js"], streamsOverHttp: true },
  {
    name: "connect",
    title: "Connect-ES, HTTP/2",
    packages: ["@connectrpc/connect-node"],
    streamsOverHttp: true,
  },
  {
    name: "trpc-http",
    title: "tRPC, HTTP batch stream",
    packages: ["@trpc/server"],
    streamsOverHttp: true,
  },
  {
    name: "trpc-socket",
    title: "tRPC, WebSocket",
    packages: ["@trpc/server", "ws"],
  },
  {
    name: "orpc-http",
    title: "oRPC, HTTP with batches",
    packages: ["@orpc/server"],
    streamsOverHttp: true,
  },
  {
    name: "orpc-socket",
    title: "oRPC, WebSocket",
    packages: ["@orpc/server", "ws"],
  },
  {
    name: "capnweb-batch",
    title: "Cap'n Web, HTTP batch",
    packages: ["capnweb"],
  },
  {
    name: "capnweb-socket",
    title: "Cap'n Web, WebSocket",
    packages: ["capnweb", "ws"],
  },
];

/** All of them, in the order of the report. */
export const CATALOG: readonly CatalogEntry[] = [
  ...onEach(["node", "deno", "bun"], TICKETLINK),
  ...onEach(["node", "deno", "bun"], TICKETLINK_CBOR),
  ...onEach(["node", "deno", "bun"], TICKETLINK_SINGLE),
  ...onEach(["node", "deno"], FRAMES),
  ...onEach(["bun"], { ...FRAMES, isExtra: true }),
  ...onEach(["node"], FETCH),
  ...onEach(["deno", "bun"], { ...FETCH, isExtra: true }),
  ...onEach(["node", "deno", "bun"], HONO_JSON),
  ...RIVALS.map((rival): CatalogEntry => ({
    ...rival,
    role: "peer",
    runtime: "node",
    module: `./npm/${rival.name.replace("-", "_")}.mjs`,
  })),
];
