/** Everything that tests run is under the watch: nothing starts a process past it, or catches what must be seen. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "./source_tree.ts";

/** Files that may have what the others may not, with the reason. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // Starts processes.
  "new Deno.Command(": [
    "cbor/oracle_cbor2.ts", // no test: its Python may die, and is asked again
    "watched_process.ts", // the watch
    "known_failure.ts", // what is known to fail is outside of it
    "watch_test.ts",
  ],
  // Listens for errors that nothing has caught.
  'addEventListener("unhandledrejection"': [
    "fuzz/calling_echo.ts", // each is a problem of the input that was tried
    "fuzz/served_echo.ts", // likewise
    "runtimes/client_page.mjs", // tells the process that is watched
    "runtimes/watch_worker.mjs", // prints each, for the watch
    "simulation/simulate.ts", // each is a problem of the seed
    "watch_test.ts",
  ],
  'globalThis.addEventListener("error"': [
    "ends/shared_timer_test.ts", // waits for the one that it throws
    "watch_test.ts",
  ],
  'process.on("un': ["watch_test.ts"],
};

async function* filesOf(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(fromFileUrl(folder || "."))) {
    if (isDirectory && name !== "node_modules") yield* filesOf(`${folder}${name}/`);
    else if (/\.(ts|mjs)$/.test(name)) yield `${folder}${name}`;
  }
}

for (const [text, allowed] of Object.entries(EXCEPTIONS)) {
  Deno.test(`the watch is gone past nowhere: ${text} stands in ${allowed.length - 1} files of the tests`, async () => {
    const found: string[] = [];
    for await (const file of filesOf("")) {
      if ((await Deno.readTextFile(fromFileUrl(file))).includes(text)) found.push(file);
    }
    assertEquals(found.sort(), allowed.toSorted(), "Start processes with tests/watched_process.ts");
  });
}
