import { EndedOperations } from "../../src/ends/ended_operations.ts";
import { type End, serviceEnd, type ServiceEndOptions } from "../../src/ends/mod.ts";
import { clientStreaming, defineService, implement } from "../../mod.ts";
import { servicer } from "../../src/links/mod.ts";
import { ReceiveWindow, windowLimits } from "../../src/rpc/receive_window.ts";
import type { LimitRow } from "./limit_row.ts";
import { Answers, KICK_OFF } from "./probes.ts";

/** Limits of operations and calls. */
export const OPERATION_ROWS: readonly LimitRow[] = [
  {
    name: "DEFAULT_TIMEOUT_MS",
    option: "defaultTimeoutMs",
    byDefault: 300_000,
    limit: 1_000,
    isOverAtLimit: true,
    probe: (defaultTimeoutMs, ms) => outlived({ defaultTimeoutMs }, undefined, ms),
    told: "expiration",
  },
  {
    name: "MAXIMUM_TIMEOUT_MS",
    option: "maximumTimeoutMs",
    byDefault: 86_400_000,
    limit: 1_000,
    probe: (maximumTimeoutMs, timeout) => clamped({ maximumTimeoutMs }, timeout),
    told: "a timeout of 1000 ms",
  },
  {
    name: "MAX_HELD_TICKETS",
    option: "maxHeldTickets",
    byDefault: 64,
    limit: 3,
    probe: (maxHeldTickets, tickets) => held({ maxHeldTickets }, tickets),
    told:
      "reception failure, resource_exhausted, Cannot accept the ticket: more than 3 tickets wait for sequence number " +
      "1 (maxHeldTickets)",
  },
  {
    name: "MAX_REMEMBERED_RUNS",
    option: "MAX_REMEMBERED_RUNS",
    byDefault: 4_096,
    limit: 5,
    probe: (runs, operations) => Promise.resolve(forgotten(runs, operations)),
    told: "nothing: the first is forgotten, and a straggler of it opens an operation",
  },
  {
    name: "WINDOW_BYTES",
    option: "windowBytes",
    byDefault: 3_145_728,
    inEffect: () => windowLimits({}).bytes,
    limit: 1_000,
    step: 2,
    probe: (windowBytes, bytes) => Promise.resolve(grantedOf(windowBytes, bytes)),
    told: "1 payload is granted instead of 2",
  },
  {
    name: "INITIAL_WINDOW_PAYLOADS",
    option: "initialWindowPayloads",
    byDefault: 16,
    inEffect: () => windowLimits({}).initialPayloads,
    limit: 4,
    probe: (initialWindowPayloads, payloads) => pushed({ initialWindowPayloads }, payloads),
    told: "reception failure, internal, Cannot accept the ticket: a payload came beyond the granted allowance",
  },
  {
    name: "MAX_WINDOW_PAYLOADS",
    option: "maxWindowPayloads",
    byDefault: 1_024,
    inEffect: () => windowLimits({}).maxPayloads,
    limit: 8,
    probe: (maxWindowPayloads, payloads) => Promise.resolve(ahead(maxWindowPayloads, payloads)),
    told: "8 payloads are granted ahead",
  },
];

/** An end whose servicer never answers, and what it says. */
function silentEnd(answers: Answers, options: ServiceEndOptions): End {
  const service = () => ({ kind: "full", operator: { advance: () => {} } } as const);
  return started(answers, serviceEnd({ service }, { clock: answers.clock, ...options }));
}

function started(answers: Answers, end: End): End {
  end.joinLink(answers);
  end.start();
  return end;
}

async function outlived(
  options: ServiceEndOptions,
  timeout: number | undefined,
  ms: number,
): Promise<string | undefined> {
  const answers = new Answers();
  const end = silentEnd(answers, options);
  end.acceptTicket({ operationId: 1, sequenceNumber: 0, ...KICK_OFF, timeout });
  await answers.clock.advance(ms);
  const { word } = answers;
  await end.stop(0);
  return word;
}

/** The timeout that the service names, where it is not the one that was asked for; and it is the one that holds. */
async function clamped(options: ServiceEndOptions, timeout: number): Promise<string | undefined> {
  const answers = new Answers();
  const end = silentEnd(answers, options);
  end.acceptTicket({ operationId: 1, sequenceNumber: 0, ...KICK_OFF, timeout });
  await answers.clock.runMicrotasks();
  const named = answers.tickets.find((ticket) => ticket.timeout !== undefined)?.timeout;
  await end.stop(0);
  return named === undefined ? undefined : `a timeout of ${named} ms`;
}

async function held(options: ServiceEndOptions, tickets: number): Promise<string | undefined> {
  const answers = new Answers();
  const end = silentEnd(answers, options);
  end.acceptTicket({ operationId: 1, sequenceNumber: 0, ...KICK_OFF });
  for (let i = 0; i < tickets; i++) end.acceptTicket({ operationId: 1, sequenceNumber: 2 + i, payload: i });
  await answers.clock.runMicrotasks();
  const { word } = answers;
  await end.stop(0);
  return word;
}

function forgotten(runs: number, operations: number): string | undefined {
  const ended = new EndedOperations(runs);
  for (let i = 0; i < operations; i++) ended.add(2 * i);
  return ended.has(0) ? undefined : "nothing: the first is forgotten, and a straggler of it opens an operation";
}

/** What is granted when a payload of half the bytes has been consumed: two like it, if two fit. */
function grantedOf(windowBytes: number, bytes: number): string | undefined {
  const window = new ReceiveWindow(windowLimits({ windowBytes, initialWindowPayloads: 1 }));
  window.receive(bytes / 2);
  const grant = window.consume();
  return grant === 2 ? undefined : `${grant} payload is granted instead of 2`;
}

/** What a client is told that streams so many requests to a handler that reads none. */
async function pushed(flow: { initialWindowPayloads: number }, payloads: number): Promise<string | undefined> {
  const Sink = defineService("g", { m: clientStreaming<number, void>() });
  const served = servicer(implement(Sink, { m: () => new Promise(() => {}) }), { flow });
  const answers = new Answers();
  const end = started(answers, serviceEnd(served, { clock: answers.clock }));
  for (let i = 0; i < payloads; i++) {
    const opening = i === 0 ? KICK_OFF : {};
    end.acceptTicket({ operationId: 1, sequenceNumber: i, ...opening, payload: Uint8Array.of(1) });
  }
  await answers.clock.runMicrotasks();
  const { word } = answers;
  await end.stop(0);
  return word;
}

/** How far ahead of its consumer a producer can ever be. */
function ahead(maxWindowPayloads: number, payloads: number): string | undefined {
  const window = new ReceiveWindow(windowLimits({ maxWindowPayloads, initialWindowPayloads: 1 }));
  let outstanding = 1;
  let most = 1;
  for (let i = 0; i < 1_000; i++) {
    window.receive(1);
    outstanding += window.consume() - 1;
    most = Math.max(most, outstanding);
  }
  return payloads <= most ? undefined : `${most} payloads are granted ahead`;
}
