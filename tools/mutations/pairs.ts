import type { Mutation } from "./mutation.ts";

/** Pairs: how their parts are joined, held and sent again. */
export const PAIR_MUTATIONS: readonly Mutation[] = [
  {
    name: "PairUploads.judge",
    replace: "number < this.#next ? known(undefined) : WANTED",
    with: "WANTED",
    why: "P7.21: a part that comes again is kept for ever, and never answered",
  },
  {
    name: "PairUploads.judge",
    replace: "number > this.#next + maxPartsAhead",
    with: "number > this.#next + 100 * maxPartsAhead",
    why: "P7.21: parts are held however far ahead they are",
  },
  {
    name: "PairUploads.stop",
    replace: "for (const part of this.#ahead.values()) part.settle(UNKNOWN_PAIR);",
    with: "",
    why: "P7.23: parts that are held are never answered when their exchange ends",
  },
  {
    name: "PairUploads.#begin",
    replace: "this.#inWork = part;",
    with: "this.#inWork = part; part.settle(undefined);",
    why: "P7.22: a client is not slowed down by an exchange that does not read",
  },
  {
    name: "PairUploads.stop",
    replace: "this.#hold(-this.#aheadBytes);",
    with: "",
    why: "P10.2: what was held when an exchange ended counts for ever",
  },
  {
    name: "PairSessions.#begin",
    replace: "if (endsWithinFrame(bytes)) uploads.end();",
    with: "",
    why: "P8.4: half a hello is waited for although nothing can follow",
  },
  {
    name: "PartRequest.#collect",
    replace: "got === byteLength",
    with: "got > 0",
    why: "P7.18: a request that is cut short is applied",
  },
  {
    name: "PartRequest.bytes",
    replace: "this.#budget.reportBuffered(this, 0);",
    with: "",
    why: "P10.2: what was held while a request was read counts for ever",
  },
  {
    name: "PairSessions.#goOn",
    replace: "this.#settings.callerOf(context) !== pair.caller",
    with: "pair.caller === null",
    why: "P7.24: whoever knows the id speaks for the caller",
  },
  {
    name: "RequestRouter.#checkArrival",
    replace: "this.#pairs.size === 0",
    with: "this.#pairs.size >= 0",
    why: "P8.7: a server that stops leaves its pairs without their clients",
  },
  {
    name: "PairClientTransport.#tryRepeatedly",
    replace: "!isFirst || isRepeatable(body)",
    with: "number > 1",
    why: "P7.25: operations that may have started are taken for never started",
  },
  {
    name: "PairClientTransport.#deliver",
    replace: "failure?.unbegun && number > 1",
    with: "failure?.unbegun && number < 1",
    why: "P7.25: calls fail that a server does not know",
  },
  {
    name: "PairClientTransport.#upload",
    replace: "this.#lastBefore = this.#lastOperation;",
    with: "",
    why: "P7.25: an operation begins again whose first ticket stood in an earlier part",
  },
  {
    name: "PairClientTransport.#upload",
    replace: "this.#inFlight < PARTS_IN_FLIGHT",
    with: "this.#inFlight < 10 * PARTS_IN_FLIGHT",
    why: "a client sends more parts than a server holds",
  },
  {
    name: "PairClientTransport.#tryRepeatedly",
    replace: "if (signal.aborted) return undefined;",
    with: "",
    why: "a part that fails with its exchange waits to be sent again",
  },
  {
    name: "PairUploads.stop",
    replace: "this.#pending?.(undefined);",
    with: "",
    why: "what receives from a pair that is closed waits for ever",
  },
];
