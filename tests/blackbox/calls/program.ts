import { runDeno } from "../../watched_process.ts";

/** Makes one module of a program and what it imports, that Node can run; it goes with the folder. */
export async function bundleProgram(module: URL, folder: string): Promise<string> {
  const path = `${folder}/${module.pathname.split("/").at(-1)}.mjs`;
  await runDeno(["bundle", "--quiet", "--platform=deno", "-o", path, module.href]);
  return path;
}
