import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type {
  EndOptions,
  OperateOptions,
  OperationContext,
  Operator,
  Outcome,
  OutcomeKind,
  ServiceEndOptions,
  Step,
} from "../../src/ends/mod.ts";
import type { Code, OperationId, Subscription, Termination, Ticket } from "../../src/links/mod.ts";
import type { ScriptedTicket } from "../../src/testing/mod.ts";
import { type Bench, invocationBench, type Role, ROLES, serviceBench } from "./bench.ts";
import { type ApplicationReactions, RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";

/** How the operation on a stage begins. */
export interface StageOptions {
  /** What the tested end's application wants. */
  readonly ours?: Subscription;
  /** What the peer wants. */
  readonly theirs?: Subscription;
  /** Milliseconds; 10,000 unless given. */
  readonly timeout?: number;
  /** What the tested end's application does when it is spoken to. */
  readonly reactions?: ApplicationReactions;
  /** What else `operate()` is told, where the invocation end is tested. */
  readonly operate?: Partial<OperateOptions>;
  /** What else the peer's first ticket says: its kick-off, or its first answer. */
  readonly first?: ScriptedTicket;
  /** Options of the end. */
  readonly end?: EndOptions & ServiceEndOptions;
}

/**
 * One running operation between a tested end and a scripted peer, the same from both ends: each side has said its first
 * ticket that has nothing in it but what every first ticket has, as far as its role lets it.
 */
export class Stage implements AsyncDisposable {
  readonly role: Role;
  readonly bench: Bench;
  readonly application: RecordedApplication;
  readonly operationId: OperationId;
  readonly context: OperationContext;
  readonly output: Operator;
  readonly ours: Subscription;
  #saidSubscription: boolean;

  constructor(
    bench: Bench,
    begun: Pick<Stage, "role" | "application" | "operationId" | "context" | "output" | "ours">,
  ) {
    this.bench = bench;
    this.role = begun.role;
    this.application = begun.application;
    this.operationId = begun.operationId;
    this.context = begun.context;
    this.output = begun.output;
    this.ours = begun.ours;
    this.#saidSubscription = begun.role === "invocation";
  }

  /** The tested end's application says something. */
  advance(step: Step): void {
    this.output.advance(step);
  }

  /** The peer says something in this operation. */
  say(ticket: ScriptedTicket): Ticket {
    return this.bench.peer.send({ operationId: this.operationId, ...ticket });
  }

  /** The next ticket to the peer says exactly this, beside what a service side's first ticket always says (S2). */
  async expect(expected: ScriptedTicket): Promise<Ticket> {
    const opening = this.#saidSubscription ? {} : { subscription: this.ours };
    this.#saidSubscription = true;
    return await this.bench.peer.expectExactly({ ...opening, ...expected });
  }

  /** The next ticket to the peer is this abort and carries nothing but what an abort may (S31). */
  async expectAbort(termination: Termination, code?: Code, message?: string): Promise<void> {
    const ticket = await this.bench.peer.expectTicket({ termination, code });
    const { operationId, sequenceNumber } = ticket;
    assertEquals(operationId, this.operationId);
    if (message === undefined) assertEquals(ticket, { operationId, sequenceNumber, termination });
    else {
      assertEquals(Object.keys(ticket).sort(), ["code", "message", "operationId", "sequenceNumber", "termination"]);
      assertStringIncludes(String(ticket.message), message);
    }
    await this.expectNothing();
  }

  /** Nothing else is on its way to the peer. */
  async expectNothing(): Promise<void> {
    await this.bench.peer.expectNothing();
  }

  /** Lets time pass until just before and then until the moment when the operation is to expire. */
  async expectExpiryIn(ms: number): Promise<void> {
    await this.bench.clock.advance(ms - 1);
    this.assertRunning();
    assertEquals(this.context.timeRemaining(), 1);
    await this.bench.clock.advance(1);
    this.assertEnded("expired");
    await this.expectAbort("expiration");
  }

  /** Cancels the operation, where a test is about nothing of that. */
  async abandon(): Promise<void> {
    this.context.cancel();
    await this.expectAbort("cancellation");
  }

  /** The operation has ended here like this, and was counted once. */
  assertEnded(kind: OutcomeKind, code?: unknown, message?: unknown): void {
    const outcome: Outcome = { kind, code, message };
    assertEquals(this.context.outcome(), outcome);
    assertEquals(this.bench.stats(), { [kind]: 1 });
  }

  /** The operation goes on. */
  assertRunning(): void {
    assertEquals(this.context.outcome(), undefined);
    assertEquals(this.bench.stats(), {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}

/** Begins an operation with the tested end in the given role. */
export async function begin(role: Role, options: StageOptions = {}): Promise<Stage> {
  return await (role === "invocation" ? beginInvoked(options) : beginServed(options));
}

async function beginInvoked(options: StageOptions): Promise<Stage> {
  const { ours = "full", theirs = "full", timeout = 10_000 } = options;
  const bench = invocationBench(options.end);
  const application = new RecordedApplication(ours, options.reactions);
  const operation = bench.end.operate("group", "method", application.subscription, { timeout, ...options.operate });
  const { operationId } = await bench.peer.expectTicket({ group: "group", method: "method", subscription: ours });
  bench.peer.send({ operationId, subscription: theirs, ...options.first });
  const { context, operator: output } = operation;
  return new Stage(bench, { role: "invocation", application, operationId, context, output, ours });
}

async function beginServed(options: StageOptions): Promise<Stage> {
  const { ours = "full", theirs = "full", timeout = 10_000 } = options;
  const application = new RecordedApplication(ours, options.reactions);
  let served: { context: OperationContext; output: Operator } | undefined;
  const bench = serviceBench((_group, _method, context, output) => {
    served = { context, output };
    return application.subscription;
  }, options.end);
  const operationId = bench.peer.open({ subscription: theirs, timeout, ...options.first });
  assert(served !== undefined, "The servicer was not called");
  await bench.peer.expectNothing();
  return new Stage(bench, { role: "service", application, operationId, ours, ...served });
}

/** Registers a test at each of the two ends, for a rule that binds both. */
export function testAtBothEnds(name: string, body: (role: Role) => Promise<void>): void {
  for (const role of ROLES) test(`${name}, at the ${role} end`, () => body(role));
}
