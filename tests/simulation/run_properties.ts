import type { OutcomeKind } from "../../src/ends/mod.ts";
import type { Journal } from "./journal.ts";
import type { Simulation } from "./simulation.ts";

/** Milliseconds beyond what a rule says, for what is under way. */
const SLACK_MS = 200;

/** Checks what holds for a run as a whole: counts, what was forged, how soon a failure shows, and that nothing is left. */
export function checkRun(simulation: Simulation): void {
  checkCounts(simulation);
  checkLeftovers(simulation);
  checkStrike(simulation);
  checkFault(simulation);
}

/** S42. */
function checkCounts({ world, invocationEnd, serviceEnd }: Simulation): void {
  const invoked = tally(world.invocations);
  const counted = invocationEnd.operationStats();
  for (const [kind, count] of Object.entries(counted)) {
    if ((invoked.get(kind) ?? 0) !== count) world.wrong(`The invocation end counts ${count} ${kind} (S42)`);
  }
  const served = tally(world.services);
  const stats = serviceEnd.operationStats();
  const known = world.services.filter(({ startedMs }) => startedMs !== undefined).length;
  for (const [kind, count] of Object.entries(stats)) {
    if ((served.get(kind) ?? 0) > count) world.wrong(`The service end counts ${count} ${kind} (S42)`);
  }
  const total = Object.values(stats).reduce((sum, count) => sum + count, 0);
  if (total > known) world.wrong(`The service end counts ${total} of ${known} operations (S42)`);
}

function tally(journals: readonly Journal[]): Map<OutcomeKind | undefined | string, number> {
  const counts = new Map<OutcomeKind | undefined | string, number>();
  for (const { kind } of journals) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function checkLeftovers(simulation: Simulation): void {
  const { world, network, invocationLink, serviceLink, errors } = simulation;
  const left: Readonly<Record<string, number>> = {
    "timers": world.clock.pendingTimers,
    "connections": network.openConnections,
    "exchanges of the client": invocationLink.exchangeCount,
    "exchanges of the server": serviceLink.exchangeCount,
    "operations of the client's link": invocationLink.operationCount,
    "operations of the server's link": serviceLink.operationCount,
    "errors": errors.length,
  };
  for (const [what, count] of Object.entries(left)) {
    if (count > 0) world.wrong(`${count} ${what} left`);
  }
  for (const error of errors) world.wrong(`Reported: ${error instanceof Error ? error.stack : String(error)}`);
}

/** S10, P3.7, P9.9: who dies of what was forged, and nobody else. */
function checkStrike({ world, scenario, strike }: Simulation): void {
  const { deliveredAtMs, forgery } = strike?.strike ?? {};
  if (strike === undefined || deliveredAtMs === undefined || forgery === undefined) return;
  const victims = scenario.network.forgery?.direction === "up" ? world.services : world.invocations;
  if (forgery.kills === "operation" && strike.operation !== undefined) {
    const victim = victims[strike.operation]!; // it was looked up by this number
    const hadEnded = (victim.endedMs ?? Infinity) <= deliveredAtMs ||
      strike.strike.isLate && victim.kind === "completed";
    // Where payloads wait for grants, what stands behind them waits as well, and the end may come first (P7.14): that of a
    // service, too, that answers without having taken all requests (S33).
    const mayBeHeld = scenario.exchange === "single" &&
      (victim.kind !== "completed" || victim.gotCompletionMs === undefined);
    if (victim.served && !hadEnded && !mayBeHeld && victim.kind !== "reception failure") {
      world.wrong(`${victim.name} is ${victim.kind} after: ${forgery.name}`);
    }
  }
  const { kills } = forgery;
  if (kills !== "exchange" && kills !== "incomplete") return;
  if (scenario.exchange === "single" || strike.connections > 1) return;
  const { latencyMs, jitterMs } = scenario.network.quality;
  const byMs = deliveredAtMs + 1 + (forgery.isLast ? latencyMs + jitterMs : 0);
  for (const victim of victims) {
    if (!ranOver(victim, deliveredAtMs) || !ranOver(victim, strike.atMs)) continue;
    if (kills === "incomplete" && victim.gotCompletionMs !== undefined) continue;
    const { termination, atMs } = victim.gotAbort ?? { atMs: 0 };
    if (atMs > deliveredAtMs && termination !== "transmission failure") {
      world.wrong(`${victim.name} got ${termination} after: ${forgery.name} (P9.9)`);
    }
    if (victim.endedMs! > byMs) world.wrong(`${victim.name} outlives: ${forgery.name} (P9.9)`);
  }
}

/** S45: nothing waits for its deadline when the wire is down, not even where nobody is told. */
function checkFault({ world, scenario }: Simulation): void {
  const { fault, network, heartbeatMs, exchange } = scenario;
  if (fault === undefined || exchange === "single") return;
  const { latencyMs, jitterMs } = network.quality;
  const isPair = exchange === "pair";
  // The requests of a pair break one by one: a client whose response has fallen silent is heard until it notices.
  const noticedMs = fault.fault === "silence" ? heartbeatMs * (isPair ? 4 : 2) : 0;
  if (!["reset", "clean end", "half-close", "silence"].includes(fault.fault)) return;
  // The request that brings the response is complete, and any other is sent again.
  if (isPair && fault.fault === "half-close") return;
  const byMs = fault.atMs + noticedMs + 3 * latencyMs + jitterMs + SLACK_MS;
  for (const journal of [...world.invocations, ...world.services]) {
    if (!ranOver(journal, fault.atMs)) continue;
    if (journal.endedMs! > byMs) {
      world.wrong(`${journal.name} outlives the wire by ${journal.endedMs! - fault.atMs} ms (S45)`);
    }
  }
}

/** Whether an operation ran before a moment and after it. */
function ranOver({ startedMs, endedMs }: Journal, atMs: number): boolean {
  return startedMs !== undefined && endedMs !== undefined && startedMs < atMs && endedMs > atMs;
}
