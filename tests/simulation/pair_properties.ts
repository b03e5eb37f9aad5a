import type { OutcomeKind } from "../../src/ends/mod.ts";
import type { Journal } from "./journal.ts";
import { sameValue } from "./payload.ts";
import { AMPLE_MS, type ApplicationPlan } from "./scenario.ts";
import type { Simulation } from "./simulation.ts";

/** What the one end's own cause is to the other (S29, S30). */
const MIRRORED: Readonly<Partial<Record<OutcomeKind, OutcomeKind>>> = {
  "cancelled": "cancelled",
  "expired": "expired",
  "local shutdown": "remote shutdown",
  "local failure": "remote failure",
  "remote failure": "local failure",
  "reception failure": "reception failure",
};

/** Checks both sides of one operation against each other. */
export function checkPair(simulation: Simulation, invocation: Journal, service: Journal): void {
  const { world, scenario, isDisturbed } = simulation;
  const wrong = (what: string): void =>
    world.wrong(`I${invocation.operation} ${invocation.kind} and S${service.operation} ${service.kind}: ${what}`);
  if (invocation.kind === undefined) return;
  if (invocation.kind === "completed") checkHeard(invocation, service, wrong);
  if (service.kind === "completed") checkServed(simulation, service, invocation, wrong);
  if (isDisturbed) return;
  if (!invocation.isForged) checkProgress(simulation, invocation, service, wrong);
  if (invocation.subscription === "none") return;
  if (!service.served) return checkUnserved(simulation, invocation, service, wrong);
  const isSingle = scenario.exchange === "single";
  checkMirror(invocation, service, isSingle ? LEFT : [mirror(invocation)], wrong);
  checkMirror(service, invocation, [mirror(service)], wrong);
  if (!invocation.endedLocally && !service.endedLocally && !invocation.isForged) {
    if (invocation.kind !== "completed" || service.kind !== "completed") wrong("nobody has caused that (S29)");
  }
}

function mirror({ kind }: Journal): OutcomeKind | undefined {
  return kind === undefined ? undefined : MIRRORED[kind];
}

/** What a client that closes a single exchange is to the server, by whether it had the whole request (S45). */
const LEFT: readonly OutcomeKind[] = ["cancelled", "transmission failure"];

/** One side has a cause of its own: the other has heard of it, or its end crossed it on the way. */
function checkMirror(
  one: Journal,
  other: Journal,
  expected: readonly (OutcomeKind | undefined)[],
  wrong: (what: string) => void,
): void {
  if (!one.endedLocally || other.kind === "completed" || other.endedLocally) return;
  // What a link cannot read it answers by itself, on both sides (P7.9).
  if (one.isForged && other.kind === "reception failure") return;
  // An abort after both completions ends nothing for the link, while a receiver with a gap before it waits (S8).
  if (one.isForged && one.gotCompletionMs !== undefined && other.kind === "transmission failure") return;
  // A peer that does not want to hear has to find out by its own deadline (S13).
  if (one.side === "service" && other.subscription === "none") return;
  if (!expected.includes(other.kind)) wrong(`expected ${expected.join(" or ")} (S30)`);
}

/** An operation of which the service knew nothing, or did not want to. */
function checkUnserved(
  { scenario }: Simulation,
  invocation: Journal,
  service: Journal,
  wrong: (what: string) => void,
): void {
  if (invocation.endedLocally) return;
  const isStopped = scenario.closing?.who === "service end" && invocation.kind === "remote shutdown";
  const isRefused = service.isForged && invocation.kind === "reception failure";
  if (!isStopped && !isRefused) wrong("the service was never called (S4)");
}

/** S8, S15 to S18: an invocation that is completed has heard everything, once, in order, unaltered. */
function checkHeard(invocation: Journal, service: Journal, wrong: (what: string) => void): void {
  if (invocation.subscription !== "full" || invocation.isForged) return;
  if (!service.served) return wrong("completed by whom?");
  if (service.saidCompletion === undefined) {
    const isOneWay = service.subscription === "none";
    if (!isOneWay && service.kind !== "completed") wrong("the service has not completed (S33)");
  }
  if (invocation.heardPayloads !== service.saidPayloads) {
    wrong(`heard ${invocation.heardPayloads} of ${service.saidPayloads} payloads`);
  }
  if (!sameValue(invocation.heardMetadata, service.saidMetadata)) wrong("heard other initial metadata");
  if (!sameCompletion(invocation, service)) wrong("heard another completion");
}

/**
 * S33: what an invocation that is completed has not sent by then is discarded, and its completion is empty. On a single
 * exchange that happens at the server, before the invocation has heard that it is completed (P7.14).
 */
function checkServed(
  { scenario }: Simulation,
  service: Journal,
  invocation: Journal,
  wrong: (what: string) => void,
): void {
  if (service.subscription !== "full" || service.isForged) return;
  const mayBeClosed = invocation.kind === "completed" || scenario.exchange === "single";
  const isClosed = mayBeClosed && isEmptyCompletion(service);
  if (isClosed && service.heardPayloads <= invocation.saidPayloads) return;
  if (service.heardPayloads !== invocation.saidPayloads) {
    wrong(`served ${service.heardPayloads} of ${invocation.saidPayloads} payloads`);
  }
  if (!sameValue(service.heardMetadata, invocation.saidMetadata)) wrong("served other initial metadata");
  if (!sameCompletion(service, invocation)) wrong("served another completion");
}

function isEmptyCompletion({ heardCompletion }: Journal): boolean {
  const { code, message, terminalMetadata } = heardCompletion ?? {};
  return code === undefined && message === undefined && terminalMetadata === undefined;
}

function sameCompletion({ heardCompletion }: Journal, { saidCompletion }: Journal): boolean {
  return sameValue({ ...EMPTY, ...heardCompletion }, { ...EMPTY, ...saidCompletion });
}

const EMPTY = { code: undefined, message: undefined, terminalMetadata: undefined };

/** Both sides say all they have to say and grant what is waited for: then nothing may keep them from completing. */
function checkProgress(
  { scenario }: Simulation,
  invocation: Journal,
  service: Journal,
  wrong: (what: string) => void,
): void {
  const plan = scenario.operations[invocation.operation];
  if (plan === undefined || scenario.closing !== undefined || !plan.isKnown || plan.timeoutMs < AMPLE_MS) return;
  if (scenario.serviceMaximumMs < AMPLE_MS || !isSteady(plan.invocation) || !isSteady(plan.service)) return;
  if (invocation.kind !== "completed" || service.kind !== "completed") wrong("nothing was in the way (S15, S16)");
}

function isSteady({ subscription, completes, ending, changesTimeout }: ApplicationPlan): boolean {
  return subscription === "full" && completes && ending === undefined && changesTimeout === 0;
}
