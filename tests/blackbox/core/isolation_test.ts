import { assertEquals } from "@std/assert";
import { knownFailure } from "../../known_failure.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { startWorker } from "../calls/workerd.ts";
import { fragment, join, opening } from "./frames.ts";
import { MEBIBYTE, residentBytes, SLACK_BYTES, staysBelow } from "./memory.ts";
import { TargetServer } from "./program.ts";
import { RawExchange } from "./raw_exchange.ts";
import { untilStill, within } from "./site.ts";
import { Target } from "./target.ts";

const BUDGET_BYTES = 16 * MEBIBYTE;
const EXCHANGES = IS_NIGHTLY ? 297 : 150;

/** Exchanges that each stop in the middle of a ticket, until the server has taken of them what it takes. */
async function stalledExchanges(url: string, pid: number): Promise<void> {
  await using exchanges = new AsyncDisposableStack();
  const sending: Promise<unknown>[] = [];
  for (let opened = 0; opened < EXCHANGES; opened++) {
    const exchange = exchanges.use(await RawExchange.open(url));
    sending.push(exchange.send(join([opening(1, Target.name, "sink"), fragment(1, 3_000_000, 900_000)])));
  }
  await within(3_000, Promise.all(sending));
  await untilStill(() => Math.round(residentBytes(pid) / (4 * MEBIBYTE)));
}

const NAME = "P10.2 requests that are isolated from each other share one budget";

knownFailure("The core", import.meta.url, `${NAME}, on Deno`, async () => {
  await using server = await TargetServer.start({
    isolation: "request",
    limits: { maxTotalBufferedBytes: BUDGET_BYTES },
  });
  const { program } = server;
  const limit = program.residentBytes() + BUDGET_BYTES + SLACK_BYTES;
  await program.staysBelow(limit, stalledExchanges(server.url, program.pid));
});

knownFailure("The core", import.meta.url, `${NAME}, on workerd`, async () => {
  const module = new URL("isolated_worker.ts", import.meta.url);
  await using worker = await startWorker(module, { prelude: `const BUDGET_BYTES = ${BUDGET_BYTES};` });
  assertEquals(await (await fetch(`${worker.url}agent`)).text(), "Cloudflare-Workers");
  const limit = residentBytes(worker.pid) + BUDGET_BYTES + SLACK_BYTES;
  await staysBelow(worker.pid, "workerd", limit, stalledExchanges(`${worker.url}rpc`, worker.pid));
}, { attempts: 3 });
