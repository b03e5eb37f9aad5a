import type { OperationContext, Operator, OutcomeKind, Step } from "../../src/ends/mod.ts";
import type { Timer } from "../../src/clock.ts";
import type { SeededRandom } from "../seeded_random.ts";
import type { Journal } from "./journal.ts";
import { payloadAt, samePayload, type Side } from "./payload.ts";
import type { ApplicationPlan } from "./scenario.ts";
import { FORGED_BYTE } from "./ticket_forgeries.ts";
import type { World } from "./world.ts";

/** The application at one side of one operation: says what its plan says at random moments, and checks what it hears. */
export class Application {
  /** The message of what an application throws on purpose. */
  static readonly THROWN = "The application has thrown";
  readonly #world: World;
  readonly #journal: Journal;
  readonly #plan: ApplicationPlan;
  readonly #random: SeededRandom;
  readonly #farSide: Side;
  #context: OperationContext | undefined;
  #output: Operator | undefined;
  #timer: Timer = undefined;
  #isArmed = false;
  /** Bytes that were heard, which nobody may change afterwards. */
  readonly #kept: { readonly index: number; readonly payload: unknown }[] = [];

  constructor(world: World, journal: Journal, plan: ApplicationPlan, random: SeededRandom) {
    this.#world = world;
    this.#journal = journal;
    this.#plan = plan;
    this.#random = random;
    this.#farSide = journal.side === "invocation" ? "service" : "invocation";
    journal.subscription = plan.subscription;
    journal.served = true;
  }

  /** The operation begins, or goes on from what `operate()` was told. */
  begin(context: OperationContext, output: Operator): void {
    this.#output = output;
    if (!this.watch(context)) return;
    // The timeout of the kick-off still comes after what is said here (S12).
    if (this.#random.chance(0.4)) output.advance(this.nextStep());
    this.#arm();
    const { ending } = this.#plan;
    if (ending !== undefined) this.#world.clock.setTimer(() => this.#end(ending.how), ending.afterMs);
  }

  /** Waits for the end, and tells whether it is still to come. */
  watch(context: OperationContext): boolean {
    this.#context = context;
    const outcome = context.addTerminationCallback(() => this.#ended());
    if (outcome !== undefined) this.#ended();
    return outcome === undefined;
  }

  /** What is said next, by the plan: nothing, or anything that may be said together. */
  nextStep(): Step {
    const { metadata, payloads, completes } = this.#plan;
    const journal = this.#journal;
    const step: { -readonly [K in keyof Step]: Step[K] } = {};
    if (metadata && journal.saidMetadata === undefined && journal.saidPayloads === 0) {
      journal.saidMetadata = step.initialMetadata = [["place", journal.name], ["place", new Uint8Array([1, 2])]];
    }
    if (journal.saidCompletion === undefined && journal.saidPayloads < payloads) {
      step.payload = payloadAt(this.#world.seed, journal.operation, journal.side, journal.saidPayloads);
      journal.saidPayloads += 1;
    }
    const isThrough = journal.saidPayloads === payloads && journal.saidCompletion === undefined;
    if (completes && isThrough && this.#random.chance(0.7)) {
      journal.saidCompletion = step.completion = this.#completion();
    }
    const allowance = this.#nextGrant();
    if (allowance > 0) step.allowance = allowance;
    return step;
  }

  /** Takes what the far side says. */
  readonly operator: Operator = { advance: (step) => this.#hear(step) };

  /** Checks that what was heard is still what it was. */
  checkKept(): void {
    for (const { index, payload } of this.#kept) this.#checkPayload(index, payload, "changed after it was heard");
  }

  #hear({ initialMetadata, payload, completion }: Step): void {
    const journal = this.#journal;
    if (this.#hasEnded()) this.#wrong("hears something after its end (S11)");
    if (journal.heardCompletion !== undefined && (payload !== undefined || completion !== undefined)) {
      this.#wrong("hears something after the completion (S10)");
    }
    if (initialMetadata !== undefined) this.#hearMetadata(initialMetadata);
    if (payload !== undefined && !this.#hearPayload(payload)) return;
    if (completion !== undefined) journal.heardCompletion = completion;
    if (this.#plan.ending?.how === "throw" && payload !== undefined && this.#random.chance(0.3)) {
      journal.intent ??= "local failure";
      throw new Error(Application.THROWN);
    }
    if (this.#random.chance(this.#plan.eagerness)) this.#act();
    this.#arm();
  }

  #hearMetadata(metadata: unknown): void {
    const journal = this.#journal;
    if (journal.heardMetadata !== undefined) this.#wrong("hears initial metadata twice (S10)");
    if (journal.heardPayloads > 0) this.#wrong("hears initial metadata after a payload (S10)");
    journal.heardMetadata = metadata;
  }

  /** Returns false for what was forged, which gets no answer and no grant, so that there is more of it than is allowed. */
  #hearPayload(payload: unknown): boolean {
    const journal = this.#journal;
    const index = journal.heardPayloads;
    journal.heardPayloads += 1;
    if (journal.heardPayloads > journal.granted + 1) this.#wrong("hears more payloads than it granted (S10)");
    if (journal.isForged && samePayload(payload, Uint8Array.of(FORGED_BYTE))) return false;
    this.#checkPayload(index, payload, "heard");
    this.#kept.push({ index, payload });
    return true;
  }

  #checkPayload(index: number, payload: unknown, when: string): void {
    const { operation } = this.#journal;
    if (samePayload(payload, payloadAt(this.#world.seed, operation, this.#farSide, index))) return;
    this.#wrong(`payload ${index} is not what was said (${when})`);
  }

  #act(): void {
    const output = this.#output;
    if (output === undefined || this.#hasEnded()) return;
    if (this.#random.chance(this.#plan.changesTimeout)) this.#changeTimeout();
    if (!this.#hasEnded()) output.advance(this.nextStep());
  }

  #changeTimeout(): void {
    const ms = this.#random.pick([20, 3_000, 30_000, 90_000]);
    this.#world.trace.note(`${this.#journal.name} asks for ${ms} ms`);
    this.#journal.changeTimeout(this.#world.clock.now(), ms, this.#journal.side === "invocation");
    this.#context?.changeTimeout(ms);
  }

  /** Grants so that the far side never waits for ever, and now and then ahead. */
  #nextGrant(): number {
    const journal = this.#journal;
    const left = journal.granted + 1 - journal.heardPayloads;
    if (left > (this.#random.chance(0.2) ? 4 : 0)) return 0;
    const allowance = this.#random.integer(1, 4);
    journal.granted += allowance;
    return allowance;
  }

  #end(how: "cancel" | "fail" | "throw" | "illegal"): void {
    if (this.#hasEnded() || how === "throw") return;
    const kind: OutcomeKind = how === "cancel" ? "cancelled" : "local failure";
    this.#journal.intent = kind;
    this.#world.trace.note(`${this.#journal.name} does ${how}`);
    if (how === "cancel") this.#context?.cancel();
    else if (how === "fail") this.#context?.fail();
    else this.#sayIllegally();
    if (this.#journal.kind !== kind) this.#wrong(`did ${how} and is ${this.#journal.kind} (S29)`);
  }

  #sayIllegally(): void {
    try {
      this.#output?.advance({ allowance: 0 });
      this.#wrong("may grant nothing (S20)");
    } catch {
      // S20: it throws and ends the operation.
    }
  }

  /** Sets the moment of the next act, unless there is nothing to say before something is heard. */
  #arm(): void {
    if (this.#isArmed || this.#hasEnded() || !this.#hasMore()) return;
    this.#isArmed = true;
    this.#timer = this.#world.clock.setTimer(() => {
      this.#isArmed = false;
      this.#act();
      this.#arm();
    }, this.#random.next() * this.#plan.paceMs);
  }

  #hasMore(): boolean {
    const { saidPayloads, saidCompletion, granted, heardPayloads } = this.#journal;
    const { payloads, completes } = this.#plan;
    return saidPayloads < payloads || completes && saidCompletion === undefined || heardPayloads > granted;
  }

  #hasEnded(): boolean {
    return this.#context?.outcome() !== undefined;
  }

  #ended(): void {
    const journal = this.#journal;
    journal.outcome = this.#context?.outcome();
    journal.endedMs = this.#world.clock.now();
    this.#world.clock.clearTimer(this.#timer);
    this.#world.trace.note(`${journal.name} ends: ${journal.kind} ${String(journal.outcome?.code)}`);
  }

  #completion(): NonNullable<Step["completion"]> {
    const place = `${this.#journal.name}`;
    const code = this.#random.pick([undefined, "ok", "not_found", 0, null]);
    return { code, message: this.#random.pick([undefined, "", place]), terminalMetadata: [["at", place]] };
  }

  #wrong(what: string): void {
    this.#world.wrong(`${this.#journal.name} ${what}`);
  }
}
