import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { startWorker } from "../calls/workerd.ts";
import { fragment, opening } from "./frames.ts";
import { MEBIBYTE } from "./memory.ts";
import { TargetServer } from "./program.ts";
import { RawExchange } from "./raw_exchange.ts";
import { eventually, pause, within } from "./site.ts";
import { Target } from "./target.ts";

const BUDGET_BYTES = 16 * MEBIBYTE;
const EXCHANGES = 100;
/** What each sends of a ticket of 3 MB, so that all together are five times the budget. */
const STALLED_BYTES = 900_000;

/*
 * A server that has one budget for all of its requests gives those up that are beyond it; one that had a budget for each
 * would keep them all. The memory of the process does not tell: Deno holds what clients send in buffers of its own before
 * anyone reads it. A server of `Deno.serve()` alone that reads nothing grows by all of these bytes.
 */
async function shareOneBudget(url: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const exchanges: RawExchange[] = [];
  for (let i = 0; i < EXCHANGES; i++) {
    const exchange = stack.use(await RawExchange.open(url));
    await exchange.send(opening(1, Target.name, "sink"));
    exchanges.push(exchange);
  }
  await pause(500);
  assertEquals(givenUp(exchanges), 0);

  await within(
    10_000,
    Promise.all(exchanges.map((exchange) => exchange.send(fragment(1, 3_000_000, STALLED_BYTES)))),
  );
  const kept = () => EXCHANGES - givenUp(exchanges);
  const fits = () => (kept() - 1) * STALLED_BYTES < BUDGET_BYTES;
  assert(await eventually(fits, 10_000), `The server keeps ${kept()} exchanges`);
  assertGreaterOrEqual(kept(), 1);
}

function givenUp(exchanges: readonly RawExchange[]): number {
  return exchanges.filter(({ isOver }) => isOver).length;
}

const NAME = "P10.2 requests that are isolated from each other share one budget";

Deno.test(`${NAME}, on Deno`, async () => {
  await using server = await TargetServer.start({
    isolation: "request",
    limits: { maxTotalBufferedBytes: BUDGET_BYTES },
  });
  await shareOneBudget(server.url);
});

Deno.test(`${NAME}, on workerd`, async () => {
  const module = new URL("isolated_worker.ts", import.meta.url);
  await using worker = await startWorker(module, { prelude: `const BUDGET_BYTES = ${BUDGET_BYTES};` });
  assertEquals(await (await fetch(`${worker.url}agent`)).text(), "Cloudflare-Workers");
  await shareOneBudget(`${worker.url}rpc`);
});
