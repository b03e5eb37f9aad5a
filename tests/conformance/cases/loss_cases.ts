import { assert, assertEquals } from "../assert.ts";
import type { ConformanceClient } from "../contract.ts";
import { casesFor } from "../conformance_case.ts";
import { sleep } from "../sleep.ts";
import { collect, later } from "../stage.ts";
import type { Stage } from "../stage.ts";

/** Milliseconds between two heartbeats of the client; the server's are two seconds apart. */
const HEARTBEAT_MS = 1_000;
/** What losing takes that has to be noticed by heartbeats, and some time for a busy machine. */
const PATIENCE_MS = 8_000;
/** What it takes to notice what the connection or a body tells. */
const PROMPTLY_MS = 3_000;

/** What is said first, and then nothing. */
function silentAfter<T>(first: T): AsyncIterable<T> {
  let said = false;
  const nothing = new Promise<IteratorResult<T>>(() => {});
  const next = (): Promise<IteratorResult<T>> => {
    if (said) return nothing;
    said = true;
    return Promise.resolve({ done: false, value: first });
  };
  const end = (): Promise<IteratorResult<T>> => Promise.resolve({ done: true, value: undefined });
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

/** A call of each kind that the exchange can carry, none of which ends by itself. */
function callAll(stage: Stage, client: ConformanceClient): Promise<unknown>[] {
  const { key } = stage;
  const calls: Promise<unknown>[] = [
    client.wait(key),
    collect(client.produce({ key, bytes: 10, everyMs: 0, pauseAfter: 1 })),
    client.weigh(stage.can("bidi") ? silentAfter(key) : [key]),
  ];
  if (stage.can("bidi")) calls.push(collect(client.chat(silentAfter(1), { metadata: [["key", key]] })));
  return calls;
}

/**
 * Exchanges that are lost in whatever way the target's `cutUrl` does it. They are not among the cases of the table: who
 * runs them finds the ways.
 */
export const LOSS_CASES = casesFor("calls", {
  async "calls of all kinds fail when what carries them is lost, and their handlers are told"(stage) {
    const { cuttable: { url, loss } } = stage.target;
    const { client } = stage.open({ timeouts: { heartbeatMs: HEARTBEAT_MS } }, url);
    const calls = callAll(stage, client);
    const failed = later(Promise.all(calls.map((call) => stage.assertFails(call, "unavailable"))));
    await stage.observe(({ started }) => started === calls.length);
    // Browsers repeat a request by themselves that is lost before its response has begun, which is as soon as it is read.
    await sleep(300);
    const startMs = performance.now();
    await stage.cut();
    for (const error of await failed) assertEquals(error.origin, "transport");
    const ms = performance.now() - startMs;
    assert(ms < (loss === "silence" ? PATIENCE_MS : PROMPTLY_MS), `The calls took ${ms} ms to end`);
    // A server that has the whole request, and whose response is read to its end, has nothing to notice.
    if (loss === "death" || loss === "end" && !stage.can("bidi")) return;
    await stage.observe(({ ended }) => ended === calls.length);
  },
});
