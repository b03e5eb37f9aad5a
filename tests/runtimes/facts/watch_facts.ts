import { assertStringIncludes } from "@std/assert";
import { assert } from "../../conformance/assert.ts";
import type { ConformanceTarget } from "../../conformance/mod.ts";
import { BROWSERS } from "../../conformance/refusals.ts";
import { sleep } from "../../conformance/sleep.ts";
import { CLIENTS, missingPackages } from "../clients.ts";
import { Desk } from "../desk.ts";
import type { Installation } from "../install.ts";
import { SERVERS } from "../servers.ts";
import type { FactTable } from "./fact.ts";

/** Errors that nothing catches fail the run, whatever they happen on. */
export const WATCH_FACTS: FactTable = {
  async "errors that nothing catches: the watch notices a rejection on every server"(installation) {
    for (const name of Object.keys(SERVERS)) await expectNoticed(name, installation);
  },

  async "errors that nothing catches: the watch notices a rejection on the page of every browser"(installation) {
    for (const name of BROWSERS) {
      if ((await missingPackages(name)).length === 0) await expectNoticedOnPage(name, installation);
    }
  },
};

/** Has a page lose a rejection; running the suite on it, without a case, has to fail then. */
async function expectNoticedOnPage(name: string, installation: Installation): Promise<void> {
  await using desk = new Desk(installation.bundles.get("client_page") ?? "");
  const url = desk.losingPageUrl;
  const target: ConformanceTarget = {
    client: name,
    server: "none",
    exchange: "single",
    url,
    cuttable: { url, cutUrl: url },
    only: "no case is called so",
  };
  const reports = CLIENTS[name]!(installation, [target], url);
  const failure = await Array.fromAsync(reports).then(() => undefined, String);
  assert(failure !== undefined, `Nothing was noticed in ${name}`);
  assertStringIncludes(failure, "lost on purpose");
}

/** Has a server lose a rejection; disposing of it has to fail then. */
async function expectNoticed(name: string, installation: Installation): Promise<void> {
  const server = await SERVERS[name]!(installation);
  for (const { protocol, port } of server.servers.slice(0, 1)) {
    const response = await fetch(`${protocol}//127.0.0.1:${port}/lost`).catch(() => undefined); // most die of it
    await response?.body?.cancel();
  }
  // One that dies closes its connections before it says why.
  await sleep(1_000);
  const isThere = server.servers.length > 0;
  const failure = await server[Symbol.asyncDispose]().then(() => undefined, String);
  if (!isThere) return;
  assert(failure !== undefined, `Nothing was noticed on ${name}`);
  assertStringIncludes(failure, "lost on purpose");
}
