import { installPrograms } from "../tests/runtimes/install.ts";
import { bundled } from "../tests/soak/bundled.ts";

/**
 * Runs a module of this folder on another runtime, as one bundled file.
 *
 * @param runtime Which one: `node` or `bun`.
 * @param file The module.
 * @param args What it is told.
 * @returns Its exit code.
 */
export async function runElsewhere(runtime: string, file: string, args: readonly string[]): Promise<number> {
  if (runtime !== "node" && runtime !== "bun") {
    throw new RangeError(`There is no runtime "${runtime}", but node and bun`);
  }
  await using bundle = await bundled(`../../bench/${file}`);
  const { node, bun } = await installPrograms();
  const [program, flags] = runtime === "bun" ? [bun, []] : [node, ["--expose-gc"]];
  const child = new Deno.Command(program, { args: [...flags, bundle.path, ...args] }).spawn();
  return (await child.status).code;
}
