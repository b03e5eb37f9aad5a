/**
 * Says how large the client is in a page that calls in all four ways: the npm package, bundled by esbuild and by rollup,
 * minified, each chunk compressed by gzip. The first part is what the page loads at once, the rest what it imports when a
 * call needs it. `deno task size`
 *
 * @module
 */
import { bareSpecifier, bundle } from "./build/bundle.ts";
import { readLibraryConfig } from "./build/entry_points.ts";
import { byEsbuild, byRollup, fromSources, type Program, type SourceBytes } from "./size/bundlers.ts";
import { firstPart, measureParts, type PartSizes } from "./size/parts.ts";
import { MAX_CLIENT_BYTES, MAX_FIRST_PART_BYTES } from "./size_limits.ts";

/** An application that calls in all four ways. */
function applicationOf(library: string): Program {
  const code = `
import {
  bidiStreaming, clientStreaming, createClient, defineService, RpcError, serverStreaming, unary,
} from "${library}/client";
const Greeter = defineService("demo.Greeter", {
  hello: unary(), count: serverStreaming(), sum: clientStreaming(), chat: bidiStreaming(),
});
const greeter = createClient(Greeter, "/rpc");
try {
  console.log(await greeter.hello("Ada"), await greeter.sum([1, 2, 3]));
  for await (const number of greeter.count(3)) console.log(number);
  for await (const line of greeter.chat(["hi", "bye"])) console.log(line);
} catch (error) {
  if (error instanceof RpcError) console.log(error.code);
}
`;
  return { code, library };
}

/** Writes a size as the README does: in thousands of bytes, with one decimal. */
export function inKilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

/** What a folder of the sources adds to a program, in minified bytes. */
export interface FolderShare {
  readonly folder: string;
  readonly firstBytes: number;
  readonly allBytes: number;
}

/**
 * Sums up what comes from each folder.
 *
 * @param sources What comes from each source.
 * @param first The chunks of the first part.
 * @returns The folders, the largest first. Files beside the folders of `src` stand for themselves.
 */
export function sharesOf(sources: readonly SourceBytes[], first: ReadonlySet<string>): FolderShare[] {
  const shares = new Map<string, FolderShare>();
  for (const { chunk, source, bytes } of sources) {
    const folder = /^src\/[^/]+/.exec(source)?.[0] ?? "the application";
    const { firstBytes, allBytes } = shares.get(folder) ?? { firstBytes: 0, allBytes: 0 };
    shares.set(folder, {
      folder,
      firstBytes: firstBytes + (first.has(chunk) ? bytes : 0),
      allBytes: allBytes + bytes,
    });
  }
  return Array.from(shares.values()).filter(({ allBytes }) => allBytes > 0).sort((a, b) => b.allBytes - a.allBytes);
}

/**
 * Finds what is too large.
 *
 * @param name The bundler.
 * @param sizes What it makes.
 * @returns A complaint for each limit that is exceeded.
 */
export function complaintsAbout(name: string, { first, all }: PartSizes): string[] {
  const limits: readonly (readonly [part: string, bytes: number, limit: number])[] = [
    ["first part", first.gzippedBytes, MAX_FIRST_PART_BYTES],
    ["client", all.gzippedBytes, MAX_CLIENT_BYTES],
  ];
  return limits.filter(([, bytes, limit]) => bytes > limit).map(([part, bytes, limit]) =>
    `${name}: the ${part} has ${inKilobytes(bytes)} kB, ${inKilobytes(limit)} are allowed`
  );
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(24) + cells.map((cell) => cell.padStart(16)).join("");
}

if (import.meta.main) {
  const { name, entryPoints } = await readLibraryConfig();
  const client = entryPoints.find(({ subpath }) => subpath === "./client");
  if (client === undefined) throw new Error("Cannot measure the client: there is no such entry point");
  const modules = await bundle(entryPoints, { minify: false, externalSpecifier: bareSpecifier });
  const application = applicationOf(name);
  const packaged = new Map(modules.map(({ path, code }) => [path, code]));

  console.log(row("minified, gzipped, kB", "first part", "all"));
  const complaints: string[] = [];
  const bundles = {
    esbuild: await byEsbuild(application, packaged),
    rollup: await byRollup(application, packaged),
  };
  for (const [bundler, chunks] of Object.entries(bundles)) {
    const sizes = measureParts(chunks);
    const cells = [sizes.first, sizes.all].map(({ minifiedBytes, gzippedBytes }) =>
      `${inKilobytes(minifiedBytes)}, ${inKilobytes(gzippedBytes)}`
    );
    console.log(row(bundler, ...cells));
    complaints.push(...complaintsAbout(bundler, sizes));
  }
  console.log(row("limit, gzipped", inKilobytes(MAX_FIRST_PART_BYTES), inKilobytes(MAX_CLIENT_BYTES)));

  const { chunks, sources } = await fromSources(application, client);
  console.log(`\n${row("of these, minified, kB", "first part", "all")}`);
  for (const { folder, firstBytes, allBytes } of sharesOf(sources, firstPart(chunks))) {
    console.log(row(folder, inKilobytes(firstBytes), inKilobytes(allBytes)));
  }

  console.log("");
  for (const complaint of complaints) console.log(complaint);
  const { gzippedBytes } = measureParts(bundles.esbuild).all;
  console.log(`client: ${inKilobytes(gzippedBytes)} kB minified and gzipped`);
  if (complaints.length > 0) Deno.exit(1);
}
