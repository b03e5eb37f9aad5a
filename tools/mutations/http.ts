import type { Mutation } from "./mutation.ts";

/** Exchanges: how they live and end. */
export const HTTP_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/http/ticket_count.ts",
    text: "    this.#next = number + 1;\n",
    replacement: "    this.#next += 1;\n",
    why: "P5.3: a number that is named does not set the count",
  },
  {
    file: "src/http/exchange.ts",
    text: "    if (this.incoming.peerHasEnded) return;\n",
    replacement: "    if (error === undefined) return;\n",
    why: "P9.8: a body that ends without an end item is taken for whole",
  },
  {
    file: "src/http/liveness.ts",
    text: "host.isListening() ? host.lost(silentMs) : this.received(),",
    replacement: "this.received(),",
    why: "P9.3: a peer that has fallen silent is never missed",
  },
  {
    file: "src/http/exchange_tickets.ts",
    text: "    if (this.operations.size === 0) this.#host.idle();\n",
    replacement: "",
    why: "P9.7: an exchange that is idle never ends",
  },
  {
    file: "src/http/exchange_tickets.ts",
    text: "      if (!operation.incomingIsSaid) this.end(operation, ending);",
    replacement: "      if (operation.finished) this.end(operation, ending);",
    why: "P7.11: what a client has not completed waits for its deadline",
  },
  {
    file: "src/http/exchange_operation.ts",
    text: "    if (responses.complete) return requests.complete || this.#isUnheard;\n",
    replacement: "    if (responses.complete) return requests.complete;\n",
    why: "S13: an operation whose service wants nothing is never over",
  },
  {
    file: "src/http/exchange_operation.ts",
    text: "    return requests.complete && this.#oneWay;",
    replacement: "    return requests.complete;",
    why: "S13: an operation is over when its requests are",
  },
  {
    file: "src/http/allowance_gate.ts",
    text: "    if (this.#credit < 1) return false;\n",
    replacement: "",
    why: "P7.14: a single exchange lets through what is not granted",
  },
  {
    file: "src/http/grants_on_behalf.ts",
    text: "this.#delivery.grant(operation, payloads);",
    replacement: "this.#delivery.grant(operation, 1);",
    why: "S46: of many payloads in one chunk one is granted anew",
  },
  {
    file: "src/http/second_meter.ts",
    text: "return this.#count <= this.#maxPerSecond;",
    replacement: "return this.#count <= this.#maxPerSecond * 100;",
    why: "P9.4: a flood of control items passes",
  },
  {
    file: "src/http/control_desk.ts",
    text: '} else if (this.#greeted === (item.kind === "hello")) {',
    replacement: '} else if (!this.#greeted && item.kind !== "hello") {',
    why: "P7.1: a second hello passes",
  },
  {
    file: "src/http/stream_exchange.ts",
    text: "tickets.abandon(lastOperation, why);",
    replacement: "tickets.abandon(lastOperation + 1, why);",
    why: "P9.6: an operation that a goaway refuses waits for its deadline",
  },
  {
    file: "src/http/stream_exchange.ts",
    text: "const unheard = tickets.takeUnheard(lastOperation);",
    replacement: "const unheard = tickets.takeUnheard(lastOperation - 1);",
    why: "S40: an operation that the server has accepted starts twice",
  },
  {
    file: "src/http/exchange_operation.ts",
    text: "if (this.#canBeginAgain) this.#keepNothing();",
    replacement: "",
    why: "P9.6: an operation begins again of which something has come back",
  },
  {
    file: "src/http/exchange_chooser.ts",
    text: "if (!needsNone || this.#isWorthProbing) this.#startProbe();",
    replacement: "this.#startProbe();",
    why: "P7.36: one call costs two requests",
  },
  {
    file: "src/http/path_verdict.ts",
    text: "return isUnreached && answered ?",
    replacement: "return answered ?",
    why: "P7.38: a client that may not call is taken for a way without duplex",
  },
  {
    file: "src/http/http_status.ts",
    text: "if (!isRefusal) return failure;",
    replacement: "",
    why: "P8.13: an operation starts again that a proxy may have passed on",
  },
  {
    file: "src/http/service_exchange.ts",
    text: "const onPurpose = this.#kind === ExchangeKind.SINGLE || this.incoming.peerHasEnded;",
    replacement: "const onPurpose = this.#kind === undefined;",
    why: "S45: a client that leaves is a lost connection",
  },
  {
    file: "src/http/exchange_failure.ts",
    text: "saidText(message) ?? ",
    replacement: "textOf(message) ?? ",
    why: "P9.6: a goaway whose message is no text is a failure of ours",
  },
  {
    file: "src/http/incoming_chunks.ts",
    text: "if (!this.#pausedFor.delete(reason) || this.#pausedFor.size > 0) return;",
    replacement: "if (!this.#pausedFor.delete(reason)) return;",
    why: "P9.11: whoever lets go first lets everything be read",
  },
  {
    file: "src/http/incoming_chunks.ts",
    text: "    if (this.#frames.turnIsOver && this.#hasMore && !this.paused) this.#giveTurn();\n",
    replacement: "",
    why: "a chunk of many frames keeps all others waiting",
  },
  {
    file: "src/http/exchange_tickets.ts",
    text: "return isStraggler || this.#host.unawaited();",
    replacement: "return isStraggler || this.#host.unawaited() || true;",
    why: "P9.11: operations can be given up as fast as they can be sent",
  },
  {
    file: "src/http/linger.ts",
    text: ", Math.max(atMs, lastSent) + MOST_LINGERS * lingerMs);",
    replacement: ", Infinity);",
    why: "P9.7: who drips a byte now and then keeps an exchange for ever",
  },
  {
    file: "src/http/client_request.ts",
    text: "if (response.status === 200 && response.body !== null && isExchangeMediaType(contentType)) {",
    replacement: "if (response.status === 200 && response.body !== null) {",
    why: "P8.11: an answer of any kind is taken for an exchange",
  },
];
