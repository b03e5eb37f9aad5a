/**
 * The layers point one way (ARCHITECTURE.md): what each folder of `src` may import, what the pure ones may name, and what an
 * entry point drags in at run time.
 *
 * @module
 */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { fromFileUrl, importsOf, type ModuleImport, readSources, runtimeGraph } from "./source_tree.ts";
import { scanSource } from "../tools/scan_source.ts";

/** What a layer may import beside its own files, in the order from the waist outwards. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  links: [],
  "links/mod.ts": [
    "links",
    "cbor",
    "wire",
    "ends",
    "rpc",
    "exchange",
    "transport",
    "async_disposal.ts",
    "dispose_symbol.ts",
    "clock.ts",
  ],
  cbor: ["links", "limits.ts"],
  wire: ["links", "cbor", "clock.ts", "limits.ts"],
  ends: ["links", "clock.ts", "limits.ts"],
  rpc: [
    "links",
    "ends",
    "cbor",
    "async_disposal.ts",
    "dispose_symbol.ts",
    "clock.ts",
    "keep_context.ts",
    "limits.ts",
    "option_groups.ts",
  ],
  exchange: ["links", "wire", "after_microtasks.ts", "clock.ts", "keep_context.ts", "limits.ts"],
  transport: [
    "links",
    "wire",
    "exchange",
    "async_disposal.ts",
    "dispose_symbol.ts",
    "clock.ts",
    "limits.ts",
    "option_groups.ts",
  ],
  testing: ["links", "clock.ts", "limits.ts"],
  channel: ["links", "ends", "rpc", "exchange", "transport", "async_disposal.ts", "dispose_symbol.ts", "clock.ts"],
  hono: [
    "links",
    "ends",
    "rpc",
    "exchange",
    "transport",
    "async_disposal.ts",
    "dispose_symbol.ts",
    "clock.ts",
    "limits.ts",
  ],
  "after_microtasks.ts": ["clock.ts"],
  "async_disposal.ts": [],
  "dispose_symbol.ts": [],
  "clock.ts": [],
  "keep_context.ts": [],
  "limits.ts": [],
  "option_groups.ts": [],
  "cbor_x.ts": ["rpc"],
  "client.ts": [
    "links",
    "wire",
    "ends",
    "rpc",
    "exchange",
    "transport",
    "channel",
    "async_disposal.ts",
    "dispose_symbol.ts",
    "clock.ts",
  ],
  "engine.ts": ["wire", "transport"],
  "server.ts": [
    "links",
    "ends",
    "rpc",
    "exchange",
    "transport",
    "hono",
    "async_disposal.ts",
    "dispose_symbol.ts",
    "clock.ts",
  ],
};

/** What a folder of `transport` may import of the others; the files beside the folders may import all of them. */
const TRANSPORT_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  client: [],
  server: [],
  single: ["client", "server"],
  duplex: ["client", "server"],
  pair: ["client", "server"],
  socket: ["client", "server"],
};

/** The folders and files of `transport` that are of one side; the others are of both. */
const SIDES: Readonly<Record<"client" | "server", readonly string[]>> = {
  client: [
    ..."client duplex/client.ts pair/client.ts socket/client.ts socket/socket_url.ts".split(" "),
    ..."single/client.ts single/collected_request.ts single/request_budget.ts".split(" "),
    ..."carriers.ts invocation_link.ts invocation_options.ts engine.ts engine_loader.ts exchange_engine.ts".split(" "),
    ..."exchange_chooser.ts open_exchanges.ts held_operations.ts outgrown_call.ts".split(" "),
  ],
  server: [
    ..."server duplex/server.ts single/server.ts single/large_answer.ts pair/server.ts pair/uploads.ts pair/refusals.ts socket/server.ts socket/upgrade.ts"
      .split(" "),
    ..."service_link.ts service_options.ts request_router.ts".split(" "),
  ],
};

/** Which layers may import which packages, and whether only for their types. */
const PACKAGES: Readonly<Record<string, { readonly layers: readonly string[]; readonly typesOnly: boolean }>> = {
  "npm:cbor-x@^1.6.8/index-no-eval": { layers: ["cbor_x.ts"], typesOnly: false },
  "npm:hono@^4": { layers: ["transport", "hono"], typesOnly: true },
};

/** The entry point that stands in a folder and lists what stands above that, too. */
const LINKS_ENTRY = "links/mod.ts";

/** Files of `src` that are imported by users alone. */
const ENTRY_POINTS: readonly string[] = ["client.ts", "engine.ts", "server.ts", LINKS_ENTRY, "testing/mod.ts"];

const PURE_LAYERS = ["links", "cbor", "wire", "ends"];

/** What a pure layer takes as an option instead, or does without. */
const IMPURE_NAMES = [
  ..."fetch Request Response Headers ReadableStream WritableStream TransformStream WebSocket".split(" "),
  ..."setTimeout setInterval clearTimeout clearInterval setImmediate performance".split(" "),
  ..."crypto globalThis Deno process navigator location localStorage".split(" "),
];

/** The same as globals, not as names of members; a `Date` that is a value is no clock. */
const IMPURE = new RegExp(
  String.raw`(?<![.#\w])(?:(?:${IMPURE_NAMES.join("|")})\b|Math\s*\.\s*random|Date\s*\.\s*now|new\s+Date\s*\(\s*\))`,
  "g",
);

/**
 * The classes that `instanceof` may ask for: their instances are made here, and handed to nobody who could bring others. What
 * users, runtimes and other realms bring is told by what it has.
 */
const OWN_CLASSES: Readonly<Record<string, string>> = {
  CausedMessage: "made and read on one side; a peer's value that only looks like one has no cause to tell",
  CborError: "thrown and caught by the library itself; one of another copy of it is any error",
  Deadline: "a clock is given back the timers that it has made",
  Deadlines: "an end shares the one that it is given by who has made it with the link; any other clock is a clock",
  EncodedPayload: "its constructor has checked the bytes; what only looks like one may be a customer's value",
  TransportError: "thrown by the carriers here; what another transport throws is any error",
  FragmentedTicket: "stands in the queue of the writer that has made it",
  WireError: "thrown and caught by the library itself",
};

/** What is about memory that the codec has made itself. */
const OWN_MEMORY = "src/cbor/copy_bytes.ts asks for ArrayBuffer";

const sources = await readSources();

/** The layer of a path within `src`: its folder, or the file itself where that stands beside the folders. */
function layerOf(path: string): string {
  return path === LINKS_ENTRY ? path : path.split("/")[0] ?? path;
}

function impureNames(text: string): string[] {
  return Array.from(scanSource(text).code.matchAll(IMPURE), ([name]) => name);
}

function describe(path: string, { specifier }: ModuleImport): string {
  return `src/${path} imports "${specifier}"`;
}

Deno.test("layers: there are sources, each in a layer that is known here", () => {
  assertGreater(sources.size, 20);
  const unknown = [...sources.keys()].filter((path) => MAY_IMPORT[layerOf(path)] === undefined);
  assertEquals(unknown, []);
});

Deno.test("layers: imports point one way", () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    const layer = layerOf(path);
    for (const found of importsOf(text)) {
      if (!found.specifier.startsWith(".")) continue;
      const target = layerOf(new URL(found.specifier, `file:///${path}`).pathname.slice(1));
      if (target !== layer && MAY_IMPORT[layer]?.includes(target) !== true) wrong.push(describe(path, found));
    }
  }
  assertEquals(wrong, []);
});

/** The side of a path within `src/transport`. */
function sideOf(path: string): "client" | "server" | "both" {
  const isOf = (side: readonly string[]): boolean => side.some((part) => path === part || path.startsWith(`${part}/`));
  if (isOf(SIDES.client)) return "client";
  return isOf(SIDES.server) ? "server" : "both";
}

/** Each import of one file of `transport` by another, as paths within `src/transport`. */
function transportImports(): { readonly from: string; readonly to: string; readonly text: string }[] {
  const imports: { from: string; to: string; text: string }[] = [];
  for (const [path, text] of sources) {
    if (!path.startsWith("transport/")) continue;
    for (const found of importsOf(text)) {
      const target = new URL(found.specifier, `file:///${path}`).pathname.slice(1);
      if (!found.specifier.startsWith(".") || !target.startsWith("transport/")) continue;
      imports.push({
        from: path.slice("transport/".length),
        to: target.slice("transport/".length),
        text: describe(path, found),
      });
    }
  }
  return imports;
}

Deno.test("layers: within transport carriers know what their sides share, and not each other", () => {
  const folderOf = (path: string): string => path.includes("/") ? layerOf(path) : "";
  const wrong = transportImports().filter(({ from, to }) => {
    const [folder, target] = [folderOf(from), folderOf(to)];
    return folder !== "" && folder !== target && TRANSPORT_MAY_IMPORT[folder]?.includes(target) !== true;
  });
  assertEquals(wrong.map(({ text }) => text), []);
});

Deno.test("layers: within transport neither side knows the other, and what both share knows neither", () => {
  const wrong = transportImports().filter(({ from, to }) =>
    from !== "mod.ts" && sideOf(to) !== "both" && sideOf(to) !== sideOf(from)
  );
  assertEquals(wrong.map(({ text }) => text), []);
});

Deno.test("layers: packages are imported where they belong, by a specifier that needs no import map", () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    for (const found of importsOf(text)) {
      if (found.specifier.startsWith(".")) continue;
      const rule = PACKAGES[found.specifier];
      const allowed = rule?.layers.includes(layerOf(path)) === true && (found.typeOnly || !rule.typesOnly);
      if (!allowed) wrong.push(describe(path, found));
    }
  }
  assertEquals(wrong, []);
});

Deno.test("layers: relative imports name files of src, and file names end in .ts", () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    for (const found of importsOf(text)) {
      if (!found.specifier.startsWith(".")) continue;
      const target = new URL(found.specifier, `file:///${path}`).pathname.slice(1);
      if (!sources.has(target)) wrong.push(describe(path, found));
    }
  }
  assertEquals(wrong, []);
});

Deno.test("layers: tables of contents are for tests and entry points: src imports the file that defines a name", () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    if (path.endsWith("/mod.ts") || ENTRY_POINTS.includes(path)) continue;
    for (const found of importsOf(text)) if (found.specifier.endsWith("/mod.ts")) wrong.push(describe(path, found));
  }
  assertEquals(wrong, []);
});

Deno.test("layers: what makes a layer impure is found, and nothing else", () => {
  const source = `
    setTimeout(f, Date.now() + Math.random()); // fetch
    const at = new Date(); globalThis.fetch("fetch"); new Date(at); this.#setTimeout(1); value instanceof Date;
  `;
  assertEquals(impureNames(source), ["setTimeout", "Date.now", "Math.random", "new Date()", "globalThis"]);
});

Deno.test("layers: pure ones name no clock, timer, randomness, stream or network", () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    if (!PURE_LAYERS.includes(layerOf(path))) continue;
    wrong.push(...impureNames(text).map((name) => `src/${path} names ${name}`));
  }
  assertEquals(wrong, []);
});

Deno.test("layers: instanceof asks for nothing that a user, a runtime or another realm can bring", () => {
  const wrong: string[] = [];
  for (const [path, text] of sources) {
    for (const [, name = "an expression"] of scanSource(text).code.matchAll(/\binstanceof\s+([\w.$]+)?/g)) {
      if (OWN_CLASSES[name] === undefined) wrong.push(`src/${path} asks for ${name}`);
    }
  }
  assertEquals(wrong, [OWN_MEMORY]);
});

Deno.test("layers: mod.ts and the entry points hold nothing but exports", async () => {
  const entries = new Map([...sources].filter(([path]) => path.endsWith("/mod.ts") || ENTRY_POINTS.includes(path)));
  entries.set("mod.ts", await Deno.readTextFile(fromFileUrl("../mod.ts")));
  for (const [path, text] of entries) {
    const rest = scanSource(text).code.replaceAll(/\bexport\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*from\s*"[^"]*";?/g, "");
    assertEquals(rest.trim(), "", `${path} holds more than exports`);
  }
});

Deno.test("layers: a client loads no server and no Hono", async () => {
  const graph = await runtimeGraph("../src/client.ts");
  assertGreater(graph.length, 5);
  const servers = new Set(["serviceLink", "ticketHandler", "implement"].map(definingFile));
  const wrong = graph.filter((specifier) => servers.has(specifier) || /hono/i.test(specifier));
  assertEquals(wrong, []);
});

Deno.test("layers: the first part of a client loads no exchange of several calls", async () => {
  const graph = await runtimeGraph("../src/client.ts");
  const second = new Set(["duplexCarrier", "pairCarrier", "socketCarrier", "engineOf", "memoryOf"].map(definingFile));
  const exchange = new URL("../src/exchange/exchange.ts", import.meta.url).href;
  assertEquals(graph.filter((specifier) => second.has(specifier) || specifier === exchange), []);
});

Deno.test("layers: a server loads no Hono: the application brings its own", async () => {
  const graph = await runtimeGraph("../src/server.ts");
  assert(graph.includes(definingFile("serviceLink")));
  const own = new URL("../src/", import.meta.url).href; // it has a folder of that name
  assertEquals(graph.filter((specifier) => /hono/i.test(specifier) && !specifier.startsWith(own)), []);
});

Deno.test("layers: the links entry point loads what calls stand on, and neither channels nor handlers", async () => {
  const graph = await runtimeGraph("../src/links/mod.ts");
  const calls = new Set(
    ["connect", "createClient", "createHostedClient", "ticketHandler", "implement"].map(definingFile),
  );
  assertEquals(graph.filter((specifier) => calls.has(specifier) || specifier.startsWith("npm:")), []);
});

Deno.test("layers: the cbor-x entry point loads cbor-x and nothing else, and no other module loads it", async () => {
  const own = new URL("../src/cbor_x.ts", import.meta.url).href;
  const graph = await runtimeGraph("../src/cbor_x.ts");
  assertEquals(graph.filter((specifier) => specifier !== own && !/\bcbor-x\b/.test(specifier)), []);
  const importers = [...sources].filter(([, text]) =>
    importsOf(text).some(({ specifier }) => specifier.endsWith("/cbor_x.ts"))
  );
  assertEquals(importers, []);
});

/** The file of src that defines a public function. */
function definingFile(name: string): string {
  const definition = new RegExp(`^export (?:async )?function ${name}\\b`, "m");
  const path = [...sources].find(([, text]) => definition.test(text))?.[0];
  assert(path !== undefined, `no file of src defines ${name}()`);
  return new URL(`../src/${path}`, import.meta.url).href;
}
