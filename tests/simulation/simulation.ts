import { Hono } from "hono";
import {
  type End,
  invocationEnd,
  NoSuchMethodError,
  type OperationSubscription,
  serviceEnd,
} from "../../src/ends/mod.ts";
import { CARRIERS } from "../../src/transport/carriers.ts";
import { engineOf } from "../../src/transport/exchange_engine.ts";
import { HttpInvocationLink, type InvocationLink } from "../../src/transport/invocation_link.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import { HttpServiceLink, type ServiceLink } from "../../src/transport/service_link.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import type { BulkSizes } from "../../src/wire/mod.ts";
import { type SeededRandom, seededRandom } from "../seeded_random.ts";
import { Application } from "./application.ts";
import type { Strike } from "./forger.ts";
import { Network } from "./network.ts";
import { makeScenario, type OperationPlan, type Scenario } from "./scenario.ts";
import { Tap } from "./tap.ts";
import { World } from "./world.ts";

/** Virtual milliseconds between two looks at whether everything has ended. */
const STRIDE_MS = 500;

/** What is large is smaller here than elsewhere, so that many tickets leave in fragments. */
const BULK: BulkSizes = { leastBytes: 200, wholeBytes: 1_000, fragmentBytes: 400 };

/** What was forged, and what there was just then. */
export interface StrikeRecord {
  readonly strike: Strike;
  readonly operation: number | undefined;
  readonly atMs: number;
  /** How many connections there had been. */
  readonly connections: number;
}

/** A network, two links, two ends and their applications, made from one seed and run to the end. */
export class Simulation {
  readonly world: World;
  readonly scenario: Scenario;
  readonly network: Network;
  readonly invocationEnd: End;
  readonly serviceEnd: End;
  readonly invocationLink: InvocationLink;
  readonly serviceLink: ServiceLink;
  /** What went wrong in code that is not the operations': nothing may. */
  readonly errors: unknown[] = [];
  /** What was forged, if anything was. */
  strike: StrikeRecord | undefined;
  readonly #random: SeededRandom;
  readonly #applications: Application[] = [];

  constructor(seed: number, keepsTrace = false) {
    this.#random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
    this.scenario = makeScenario(this.#random);
    this.world = new World(seed, this.scenario, keepsTrace);
    const { clock } = this.world;
    const { heartbeatMs, serviceMaximumMs, exchange, limits } = this.scenario;
    const options = {
      clock,
      timeouts: { heartbeatMs, helloTimeoutMs: heartbeatMs * 2 },
      onError: (error: unknown) => this.#report(error),
    };
    this.invocationEnd = invocationEnd(options);
    this.serviceEnd = serviceEnd({
      service: (_group, method, context, output) => this.#serve(method, context, output),
    }, { ...options, maximumTimeoutMs: serviceMaximumMs });
    const { maxExchangeAgeMs, ...serviceLimits } = limits;
    const service = serviceSettings({
      ...options,
      limits: serviceLimits,
      timeouts: { ...options.timeouts, maxExchangeAgeMs },
    });
    this.serviceLink = new HttpServiceLink({ ...service, bulk: BULK }, options.onError);
    this.network = this.#newNetwork(new Hono().all("/tickets", this.serviceLink.handler));
    const { fetch } = this.network;
    const invocation = invocationSettings("/tickets", { ...options, exchange, fetch, random: () => 0.5 });
    this.invocationLink = new HttpInvocationLink({ ...invocation, bulk: BULK }, options.onError, engineOf(CARRIERS));
    new Tap(this.world, "invocation", this.invocationEnd, this.invocationLink);
    new Tap(this.world, "service", this.serviceEnd, this.serviceLink);
  }

  /** When the network's one fault, the forgery or the closing of a link may have ended operations of its own accord. */
  get isDisturbed(): boolean {
    const { fault, closing, limits } = this.scenario;
    const isCut = closing?.who === "invocation link" || closing?.who === "service link";
    return fault !== undefined || isCut || Object.keys(limits).length > 0 ||
      this.strike?.strike.forgery.kills === "exchange" || this.strike?.strike.forgery.kills === "incomplete";
  }

  /** Runs until every operation has ended at both ends, and then closes everything. */
  async run(): Promise<void> {
    const { clock } = this.world;
    this.serviceEnd.start();
    this.invocationEnd.start();
    this.#schedule();
    const begunMs = Math.max(...this.scenario.operations.map(({ startsMs }) => startsMs));
    await clock.advance(begunMs);
    for (let strides = 0; this.#isRunning() && strides < MAX_STRIDES; strides++) await clock.advance(STRIDE_MS);
    for (const application of this.#applications) application.checkKept();
    await clock.advance(SETTLING_MS);
    const left = this.invocationLink.exchangeCount + this.serviceLink.exchangeCount;
    if (left > 0) this.world.wrong(`${left} exchanges do not end although they are idle (P9.7)`);
    await this.#close();
  }

  #schedule(): void {
    const { operations, fault, closing } = this.scenario;
    const { clock } = this.world;
    for (const [place, plan] of operations.entries()) clock.setTimer(() => this.#invoke(place, plan), plan.startsMs);
    if (fault !== undefined) {
      clock.setTimer(() => this.network.strikeAll(fault.fault, fault.durationMs), fault.atMs);
    }
    if (closing !== undefined) clock.setTimer(() => this.#stop(closing), closing.atMs);
  }

  #isRunning(): boolean {
    const { invocations, services } = this.world;
    return [...invocations, ...services].some(({ running }) => running);
  }

  #invoke(place: number, plan: OperationPlan): void {
    const { closing } = this.scenario;
    if (closing?.who === "invocation end" && closing.atMs <= this.world.clock.now()) return;
    const journal = this.world.invocations[place]!; // one for each operation
    const application = this.#newApplication("invocation", place);
    journal.begin(this.world.clock.now(), plan.timeoutMs, plan.timeoutMs);
    this.world.trace.note(`${journal.name} begins`);
    const subscription = subscriptionOf(application, plan.invocation.subscription);
    const { context, operator } = this.invocationEnd.operate("group", `op${place}`, subscription, {
      timeout: plan.timeoutMs,
      ...application.nextStep(),
    });
    application.begin(context, operator);
  }

  #serve(method: string, ...[context, output]: Parameters<Application["begin"]>): OperationSubscription {
    const journal = this.world.journal("service", method)!; // no other methods are called
    const { isKnown, service } = this.scenario.operations[journal.operation]!;
    if (journal.served) this.world.wrong(`${journal.name} is served twice (S11)`);
    this.world.trace.note(`${journal.name} begins`);
    const application = this.#newApplication("service", journal.operation);
    if (!isKnown) {
      application.watch(context);
      throw new NoSuchMethodError();
    }
    application.begin(context, output);
    return subscriptionOf(application, service.subscription);
  }

  #newApplication(side: "invocation" | "service", place: number): Application {
    const journal = this.world.journal(side, `op${place}`)!;
    const plan = this.scenario.operations[place]![side];
    const random = seededRandom(this.#random.integer(1, 2 ** 31 - 1));
    const application = new Application(this.world, journal, plan, random);
    this.#applications.push(application);
    return application;
  }

  #newNetwork(app: Hono): Network {
    const { clock, trace } = this.world;
    return new Network(this.scenario.network, {
      server: (request) => app.fetch(request),
      clock,
      random: this.#random,
      trace,
      struck: (strike, method) => {
        const operation = typeof method === "string" ? Number(method.slice("op".length)) : undefined;
        this.strike = { strike, operation, atMs: clock.now(), connections: this.network.connectionCount };
        if (operation === undefined) return;
        this.world.invocations[operation]!.isForged = true;
        this.world.services[operation]!.isForged = true;
      },
    });
  }

  #stop({ who, graceMs }: NonNullable<Scenario["closing"]>): void {
    this.world.trace.note(`stops: ${who}`);
    if (who === "invocation end") void this.invocationEnd.stop(graceMs);
    else if (who === "service end") void this.serviceEnd.stop(graceMs);
    else if (who === "service link") void this.serviceLink.stop(graceMs);
    else void this.invocationLink.close();
  }

  async #close(): Promise<void> {
    const { clock, trace } = this.world;
    let closed = false;
    const all = [
      this.invocationEnd.stop(0),
      this.serviceEnd.stop(0),
      this.invocationLink.close(),
      this.serviceLink.stop(0),
    ];
    void Promise.all(all).then(() => closed = true);
    await clock.advance(CLOSING_MS);
    if (!closed) this.world.wrong("Something does not stop (S40)");
    trace.note("closed");
  }

  #report(error: unknown): void {
    if (error instanceof Error && error.message === Application.THROWN) return;
    this.errors.push(error);
  }
}

/** More strides than the longest timeout has. */
const MAX_STRIDES = 1_000;
/** Virtual milliseconds in which exchanges end by themselves: idle time, and eight heartbeats of 5 s that one lingers. */
const SETTLING_MS = 60_000;
/** Virtual milliseconds in which everything is to be closed: longer than anything lingers. */
const CLOSING_MS = 40_000;

function subscriptionOf(
  application: Application,
  kind: OperationPlan["service"]["subscription"],
): OperationSubscription {
  if (kind === "full") return { kind, operator: application.operator };
  if (kind === "termination") return { kind, terminationCallback: () => {} };
  return { kind };
}
