/** Where everything of the benchmark is. */

/** The path of a file relative to this one. */
function pathOf(relative: string): string {
  return decodeURIComponent(new URL(relative, import.meta.url).pathname);
}

/** The repository. */
export const ROOT = pathOf("../../").replace(/\/$/, "");
/** The peers, with a `package.json` of their own. */
export const PEERS = `${ROOT}/bench/peers`;
/** The two programs that run on every runtime. */
export const RUNNER = `${ROOT}/bench/runner`;
/** What runs leave behind, in reach of the peers' packages; git does not look there. */
export const SCRATCH = `${PEERS}/.scratch`;
