const FOLDERS: readonly string[] = (Deno.env.get("PATH") ?? "").split(":").concat("/usr/sbin", "/usr/bin");

/** A program that not every machine has. */
export interface Program {
  readonly path: string;
  /** Whether a test that needs it is to be ignored. */
  readonly ignore: boolean;
  /** The package of Debian's that it comes with. */
  readonly debianPackage: string;
}

/**
 * Finds a program that a test needs and that not every machine has. Where it is missing the test is skipped, by name; in
 * CI (`CI=true`) nothing is skipped, so that it fails there.
 *
 * @param program Its name.
 * @param debianPackage Debian's package, if that has another name. CI installs it: it looks for calls with two texts.
 */
export function programNamed(program: string, debianPackage: string = program): Program {
  const path = FOLDERS.map((folder) => `${folder}/${program}`).find(isFile);
  return { path: path ?? program, ignore: path === undefined && Deno.env.get("CI") !== "true", debianPackage };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
