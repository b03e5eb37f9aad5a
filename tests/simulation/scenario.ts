import type { Subscription } from "../../src/links/mod.ts";
import type { SeededRandom } from "../seeded_random.ts";
import { EXCHANGE_FORGERIES } from "./exchange_forgeries.ts";
import type { Forgery } from "./forgery.ts";
import type { Fault, NetworkPlan } from "./network.ts";
import type { Quality } from "./pipe.ts";
import { TICKET_FORGERIES } from "./ticket_forgeries.ts";

/** What an application is going to do. */
export interface ApplicationPlan {
  readonly subscription: Subscription;
  readonly payloads: number;
  readonly metadata: boolean;
  /** Whether it completes its direction when it has said everything. */
  readonly completes: boolean;
  readonly ending: { readonly how: "cancel" | "fail" | "throw" | "illegal"; readonly afterMs: number } | undefined;
  /** The chance that it asks for another timeout before it says something. */
  readonly changesTimeout: number;
  /** The chance that it answers at once what it hears. */
  readonly eagerness: number;
  /** The most that it waits before it says the next thing, in milliseconds. */
  readonly paceMs: number;
}

/** One operation of a run. */
export interface OperationPlan {
  readonly startsMs: number;
  readonly timeoutMs: number;
  readonly invocation: ApplicationPlan;
  readonly service: ApplicationPlan;
  /** Whether the service has the method. */
  readonly isKnown: boolean;
}

/** Something that stops while operations run. */
export interface Closing {
  readonly who: "invocation end" | "service end" | "invocation link" | "service link";
  readonly atMs: number;
  readonly graceMs: number;
}

/** Everything about one run that is not decided on the way. */
export interface Scenario {
  readonly exchange: "duplex" | "single" | "pair";
  readonly operations: readonly OperationPlan[];
  readonly network: NetworkPlan;
  readonly fault: { readonly fault: Fault; readonly atMs: number; readonly durationMs: number } | undefined;
  readonly closing: Closing | undefined;
  readonly heartbeatMs: number;
  readonly serviceMaximumMs: number;
  readonly limits: {
    readonly maxOperations?: number;
    readonly maxExchangeAgeMs?: number;
    readonly maxExchangeBytes?: number;
  };
}

/** Milliseconds that are more than any operation needs that nothing holds up. */
export const AMPLE_MS = 120_000;

/** Makes up a run. */
export function makeScenario(random: SeededRandom): Scenario {
  const standalone = random.chance(0.3) ? "single" : "duplex";
  const trouble = random.pick(["none", "none", "forgery", "forgery", "forgery", "fault", "closing", "limits"]);
  const forgery = trouble === "forgery" ? pickForgery(random, standalone) : undefined;
  // What is forged is in one request; the client's direction of a pair is in many.
  const exchange = standalone === "duplex" && forgery === undefined && random.chance(0.4) ? "pair" : standalone;
  return {
    exchange,
    operations: Array.from({ length: random.integer(1, random.pick([2, 6, 20])) }, () => makeOperation(random)),
    network: { quality: makeQuality(random), looksClean: random.chance(0.5), forgery },
    fault: trouble === "fault" ? makeFault(random) : undefined,
    closing: trouble === "closing" ? makeClosing(random) : undefined,
    heartbeatMs: random.pick([300, 1_000, 5_000]),
    serviceMaximumMs: random.chance(0.2) ? 2_000 : AMPLE_MS,
    limits: trouble === "limits" ? makeLimits(random) : {},
  };
}

function makeQuality(random: SeededRandom): Quality {
  return {
    latencyMs: random.pick([0, 0.5, 5, 40]),
    jitterMs: random.pick([0, 0, 3, 30]),
    windowBytes: random.pick([1, 300, 16_384, 262_144]),
    splitting: random.pick(["whole", "pieces", "bytes"]),
  };
}

function makeOperation(random: SeededRandom): OperationPlan {
  const isPlain = random.chance(0.5);
  return {
    startsMs: random.next() * random.pick([0, 50, 1_500]),
    timeoutMs: isPlain ? AMPLE_MS : random.pick([1, 60, 500, 5_000, AMPLE_MS]),
    invocation: makeApplication(random, isPlain),
    service: makeApplication(random, isPlain),
    isKnown: isPlain || random.chance(0.95),
  };
}

function makeApplication(random: SeededRandom, isPlain: boolean): ApplicationPlan {
  const ends = !isPlain && random.chance(0.3);
  return {
    subscription: isPlain || random.chance(0.75) ? "full" : random.pick(["termination", "none"]),
    payloads: random.integer(0, random.pick([1, 3, 9])),
    metadata: random.chance(0.5),
    completes: isPlain || random.chance(0.9),
    ending: ends
      ? {
        how: random.pick(["cancel", "fail", "throw", "illegal"]),
        afterMs: random.next() * random.pick([5, 100, 400]),
      }
      : undefined,
    changesTimeout: !isPlain && random.chance(0.3) ? 0.2 : 0,
    eagerness: random.pick([0, 0.3, 1]),
    paceMs: random.pick([1, 20, 20, 200]),
  };
}

function makeFault(random: SeededRandom): NonNullable<Scenario["fault"]> {
  const fault = random.pick<Fault>(
    ["reset", "clean end", "half-close", "silence", "stall up", "stall down", "stall", "unreachable"],
  );
  return { fault, atMs: random.next() * random.pick([5, 60, 400, 1_500]), durationMs: random.pick([50, 400, 15_000]) };
}

function makeClosing(random: SeededRandom): Closing {
  return {
    who: random.pick(["invocation end", "service end", "invocation link", "service link"]),
    atMs: random.next() * random.pick([5, 100, 800]),
    graceMs: random.pick([0, 0, 50, 2_000]),
  };
}

function makeLimits(random: SeededRandom): Scenario["limits"] {
  return random.pick<Scenario["limits"]>([{ maxOperations: 2 }, { maxExchangeAgeMs: 60 }, { maxExchangeBytes: 3_000 }]);
}

function pickForgery(random: SeededRandom, exchange: "duplex" | "single"): NetworkPlan["forgery"] {
  const direction = random.pick(["up", "down"]);
  const setting = { exchange, victim: direction === "up" ? "service" : "invocation" } as const;
  const all: readonly Forgery[] = random.chance(0.6) ? TICKET_FORGERIES : EXCHANGE_FORGERIES;
  const forgery = random.pick(all.filter(({ fits }) => fits?.(setting) ?? true));
  return {
    forgery,
    direction: direction as "up" | "down",
    connection: random.chance(exchange === "single" ? 0.3 : 0.05) ? 1 : 0,
  };
}
