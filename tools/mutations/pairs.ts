import type { Mutation } from "./mutation.ts";

/** Pairs: how their parts are joined, held and sent again. */
export const PAIR_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/transport/pair/uploads.ts",
    text: "return number < this.#next ? known(undefined) : WANTED;",
    replacement: "return WANTED;",
    why: "P7.21: a part that comes again is kept for ever, and never answered",
  },
  {
    file: "src/transport/pair/uploads.ts",
    text: "if (number > this.#next + this.#maxPartsAhead) {",
    replacement: "if (number > this.#next + 100 * this.#maxPartsAhead) {",
    why: "P7.21: parts are held however far ahead they are",
  },
  {
    file: "src/transport/pair/uploads.ts",
    text: "    for (const part of this.#ahead.values()) part.settle(UNKNOWN_PAIR);\n",
    replacement: "",
    why: "P7.23: parts that are held are never answered when their exchange ends",
  },
  {
    file: "src/transport/pair/uploads.ts",
    text: "while (!this.#isPaused && !this.#isClosed) {",
    replacement: "while (!this.#isClosed) {",
    why: "P7.22: a client is not slowed down by an exchange that does not read",
  },
  {
    file: "src/transport/pair/uploads.ts",
    text: "    this.#hold(-this.#aheadBytes);\n",
    replacement: "",
    why: "P10.2: what was held when an exchange ended counts for ever",
  },
  {
    file: "src/transport/pair/uploads.ts",
    text: "if (!isGreeted || incoming.peerHasEnded) incoming.ended();",
    replacement: "if (incoming.peerHasEnded) incoming.ended();",
    why: "P8.4: half a hello is waited for although nothing can follow",
  },
  {
    file: "src/transport/pair/server.ts",
    text: "return got === byteLength ? undefined :",
    replacement: "return got > 0 ? undefined :",
    why: "P7.18: a request that is cut short is applied",
  },
  {
    file: "src/transport/pair/server.ts",
    text: "    this.#budget.reportBuffered(this, 0);\n",
    replacement: "",
    why: "P10.2: what was held while a request was read counts for ever",
  },
  {
    file: "src/transport/pair/server.ts",
    text: "if (this.#settings.callerOf(context) !== pair.caller)",
    replacement: "if (pair.caller === null)",
    why: "P7.24: whoever knows the id speaks for the caller",
  },
  {
    file: "src/transport/request_router.ts",
    text: "if (this.#pairs.size === 0) return this.#host.checkCapacity(this.#arriving.size);",
    replacement: "if (this.#pairs.size >= 0) return this.#host.checkCapacity(this.#arriving.size);",
    why: "P8.7: a server that stops leaves its pairs without their clients",
  },
  {
    file: "src/transport/pair/client.ts",
    text: "isRepeatable: !isFirst || isRepeatable(body),",
    replacement: "isRepeatable: number > 1,",
    why: "P7.25: operations that may have started are taken for never started",
  },
  {
    file: "src/transport/pair/client.ts",
    text: "this.#inFlight >= PARTS_IN_FLIGHT",
    replacement: "this.#inFlight >= 10 * PARTS_IN_FLIGHT",
    why: "a client sends more parts than a server holds",
  },
  {
    file: "src/transport/pair/client.ts",
    text: "      if (signal.aborted) return undefined;\n",
    replacement: "",
    why: "a part that fails with its exchange waits to be sent again",
  },
];
