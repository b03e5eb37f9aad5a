import { assertEquals } from "@std/assert";
import {
  type End,
  type EndOptions,
  invocationEnd,
  type OutcomeKind,
  serviceEnd,
  type ServiceEndOptions,
  type Servicer,
} from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import {
  type ScriptedPeer,
  scriptedPeer,
  type ScriptedTicket,
  type VirtualClock,
  virtualClock,
} from "../../src/testing/mod.ts";

/** Which end is tested; the scripted peer plays the other. */
export type Role = "invocation" | "service";

/** Both ends, for rules that bind both. */
export const ROLES: readonly Role[] = ["invocation", "service"];

/**
 * One end on a virtual clock, started and joined to a scripted peer. Its disposal fails the test if a ticket was not
 * expected, an error was not looked at, or a timer is left when the end has stopped.
 */
export class Bench implements AsyncDisposable {
  readonly end: End;
  readonly clock: VirtualClock;
  readonly peer: ScriptedPeer = scriptedPeer();
  #errors: unknown[] = [];

  constructor(make: (options: EndOptions) => End) {
    this.clock = virtualClock();
    this.end = make({ clock: this.clock, onError: (error) => this.#errors.push(error) });
    joinLinks(this.end, this.peer);
    this.end.start();
  }

  /** What was reported to `onError` since the last call. */
  takeErrors(): unknown[] {
    const errors = this.#errors;
    this.#errors = [];
    return errors;
  }

  /** The kinds of outcome that have been counted, those that have not left out. */
  stats(): Partial<Record<OutcomeKind, number>> {
    return countedIn(this.end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer.expectNothing();
    await this.end.stop(0);
    await this.clock.runMicrotasks();
    assertEquals(this.takeErrors(), [], "An error was reported that the test did not look at");
    assertEquals(this.clock.pendingTimers, 0, "A timer is left");
  }
}

/** A bench with an invocation end. */
export function invocationBench(options: EndOptions = {}): Bench {
  return new Bench((base) => invocationEnd({ ...base, ...options }));
}

/** A bench with a service end. */
export function serviceBench(service: Servicer["service"], options: ServiceEndOptions = {}): Bench {
  return new Bench((base) => serviceEnd({ service }, { ...base, ...options }));
}

/** The counts of an end's statistics that are not zero. */
export function countedIn(end: End): Partial<Record<OutcomeKind, number>> {
  return Object.fromEntries(Object.entries(end.operationStats()).filter(([, count]) => count > 0));
}

/** What a peer may send although the types forbid it: a peer link need not come from this library. */
export function untyped(ticket: Partial<Record<keyof ScriptedTicket, unknown>>): ScriptedTicket {
  return ticket as ScriptedTicket; // the lie is the purpose
}

/** Values that are falsy and all the same values: each travels as it is (SEMANTICS §1). */
export const FALSY_VALUES: readonly unknown[] = [null, false, 0, -0, NaN, 0n, "", new Uint8Array(0)];

/** Values that cannot simply be put into a message: a ticket's content must not make a link throw (SEMANTICS §1). */
export const UNPRINTABLE: readonly unknown[] = [
  Symbol("unprintable"),
  Object.create(null),
  {
    toString(): never {
      throw new Error("unprintable");
    },
  },
];

/** Values that are no termination, names of what every object has among them. */
export const NO_TERMINATIONS: readonly unknown[] = [
  null,
  "",
  "Completion",
  "toString",
  "constructor",
  "__proto__",
  0,
  1n,
  true,
  {},
  ...UNPRINTABLE,
];

/** A value as a test's name shows it. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object" && value !== null) {
    const own = Object.getOwnPropertyNames(value).join(", ");
    return Object.getPrototypeOf(value) === null ? "an object without prototype" : `an object with {${own}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** A servicer that must not be called. */
export function neverService(group: string, method: string): never {
  throw new Error(`The servicer was called for ${group} ${method}`);
}
