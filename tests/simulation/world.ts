import { type VirtualClock, virtualClock } from "../../src/testing/mod.ts";
import { Journal } from "./journal.ts";
import type { Side } from "./payload.ts";
import type { Scenario } from "./scenario.ts";
import { Trace } from "./trace.ts";

/** All that the parts of one run share: one seed, one clock, one trace, one list of what went wrong. */
export class World {
  readonly seed: number;
  readonly clock: VirtualClock = virtualClock();
  readonly trace: Trace;
  readonly invocations: Journal[] = [];
  readonly services: Journal[] = [];
  readonly problems: string[] = [];
  /** The longest timeout that the service end accepts. */
  readonly serviceMaximumMs: number;

  constructor(seed: number, { operations, serviceMaximumMs }: Scenario, keepsTrace: boolean) {
    this.seed = seed;
    this.serviceMaximumMs = serviceMaximumMs;
    this.trace = new Trace(() => this.clock.now(), keepsTrace);
    for (let i = 0; i < operations.length; i++) {
      this.invocations.push(new Journal("invocation", i));
      this.services.push(new Journal("service", i));
    }
  }

  /** What one side wrote down of the operation that has a method's name. */
  journal(side: Side, method: string): Journal | undefined {
    const place = Number(/^op(\d+)$/.exec(method)?.[1]);
    return (side === "invocation" ? this.invocations : this.services)[place];
  }

  /** Both sides of each operation. */
  pairs(): [invocation: Journal, service: Journal][] {
    return this.invocations.map((invocation, place) => [invocation, this.services[place]!]); // equally many
  }

  /** A property does not hold. */
  wrong(what: string): void {
    this.trace.note(`WRONG ${what}`);
    this.problems.push(what);
  }
}
