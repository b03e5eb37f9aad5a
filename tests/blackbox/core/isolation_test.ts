import { assertEquals } from "@std/assert";
import { knownFailure } from "../../known_failure.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { startWorker } from "../calls/workerd.ts";
import { fragment, opening } from "./frames.ts";
import { MEBIBYTE, residentBytes, SLACK_BYTES, staysBelow } from "./memory.ts";
import { TargetServer } from "./program.ts";
import { RawExchange } from "./raw_exchange.ts";
import { pause, untilStill, within } from "./site.ts";
import { Target } from "./target.ts";

const BUDGET_BYTES = 16 * MEBIBYTE;
const EXCHANGES = IS_NIGHTLY ? 297 : 150;

/** Exchanges on each of which a call begins. What connections cost by themselves, a third of a mebibyte each, is not ours. */
async function openExchanges(url: string, exchanges: AsyncDisposableStack): Promise<readonly RawExchange[]> {
  const opened: RawExchange[] = [];
  for (let i = 0; i < EXCHANGES; i++) {
    const exchange = exchanges.use(await RawExchange.open(url));
    await exchange.send(opening(1, Target.name, "sink"));
    opened.push(exchange);
  }
  await pause(500);
  return opened;
}

/** Each stops in the middle of a ticket, until the server has taken of them what it takes. */
async function stall(exchanges: readonly RawExchange[], pid: number): Promise<void> {
  await within(3_000, Promise.all(exchanges.map((exchange) => exchange.send(fragment(1, 3_000_000, 900_000)))));
  await untilStill(() => Math.round(residentBytes(pid) / (4 * MEBIBYTE)));
}

/*
 * What the exchanges hold stays within the budget: those beyond it are given up, and what they have sent is garbage. But
 * engines collect such garbage when it is some 100 MiB, which is what a process is seen to have.
 */

const NAME = "P10.2 requests that are isolated from each other share one budget";

knownFailure("The core", import.meta.url, `${NAME}, on Deno`, async () => {
  await using server = await TargetServer.start({
    isolation: "request",
    limits: { maxTotalBufferedBytes: BUDGET_BYTES },
  });
  const { program } = server;
  await using stack = new AsyncDisposableStack();
  const exchanges = await openExchanges(server.url, stack);
  const limit = program.residentBytes() + BUDGET_BYTES + SLACK_BYTES;
  await program.staysBelow(limit, stall(exchanges, program.pid));
});

knownFailure("The core", import.meta.url, `${NAME}, on workerd`, async () => {
  const module = new URL("isolated_worker.ts", import.meta.url);
  await using worker = await startWorker(module, { prelude: `const BUDGET_BYTES = ${BUDGET_BYTES};` });
  assertEquals(await (await fetch(`${worker.url}agent`)).text(), "Cloudflare-Workers");
  await using stack = new AsyncDisposableStack();
  const exchanges = await openExchanges(`${worker.url}rpc`, stack);
  const limit = residentBytes(worker.pid) + BUDGET_BYTES + SLACK_BYTES;
  await staysBelow(worker.pid, "workerd", limit, stall(exchanges, worker.pid));
}, { attempts: 3 });
