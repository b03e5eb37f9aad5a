const FOLDERS: readonly string[] = (Deno.env.get("PATH") ?? "").split(":").concat("/usr/sbin", "/usr/bin");

/**
 * Finds a program that a test needs and that not every machine has. Where it is missing the test is skipped, by name; in
 * CI (`CI=true`) nothing is skipped, so that it fails there.
 *
 * @param program Its name, as of Debian's package.
 * @returns Its path, and whether a test that needs it is to be ignored.
 */
export function programNamed(program: string): { readonly path: string; readonly ignore: boolean } {
  const path = FOLDERS.map((folder) => `${folder}/${program}`).find(isFile);
  return { path: path ?? program, ignore: path === undefined && Deno.env.get("CI") !== "true" };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
