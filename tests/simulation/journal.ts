import type { Completion, Outcome, OutcomeKind } from "../../src/ends/mod.ts";
import type { Subscription } from "../../src/links/mod.ts";
import type { Side } from "./payload.ts";

/** The last word of an end's ticket, and when it passed. */
export interface LastWord {
  readonly termination: string;
  readonly atMs: number;
}

/** What one side of one operation has said, heard and come to, as its application and its end's tickets show it. */
export class Journal {
  readonly side: Side;
  readonly operation: number;
  /** When this end first knew of it. */
  startedMs: number | undefined;
  subscription: Subscription | undefined;
  /** Whether something was forged in it. */
  isForged = false;
  /** Whether an application was asked to take part. */
  served = false;
  outcome: Outcome | undefined;
  endedMs: number | undefined;

  // What its application said and heard.
  saidPayloads = 0;
  saidMetadata: unknown;
  saidCompletion: Completion | undefined;
  granted = 0;
  heardPayloads = 0;
  heardMetadata: unknown;
  heardCompletion: Completion | undefined;
  /** What its application did to end it. */
  intent: OutcomeKind | undefined;

  // What passed between its end and its link.
  sentPayloads = 0;
  sentCompletionMs: number | undefined;
  sentAbort: LastWord | undefined;
  /** The abort that came while it ran. */
  gotAbort: LastWord | undefined;
  gotCompletionMs: number | undefined;

  // Time, by S24 to S26.
  timeoutMs = 0;
  maximumTimeoutMs = 0;
  /** The moment when it is to end: never before the one at which that was said (S25). */
  deadlineMs = 0;
  /** Whether a timeout was over when it came: it ends the operation, whatever came with it (S25). */
  #isOver = false;

  constructor(side: Side, operation: number) {
    this.side = side;
    this.operation = operation;
  }

  /** What it is called in a trace. */
  get name(): string {
    return `${this.side === "invocation" ? "I" : "S"}${this.operation}`;
  }

  /** Whether this end knows of it and it has not ended. */
  get running(): boolean {
    return this.startedMs !== undefined && this.endedMs === undefined;
  }

  /** It begins here, with the timeout that holds at first. */
  begin(nowMs: number, timeoutMs: number, maximumTimeoutMs: number): void {
    this.startedMs = nowMs;
    this.maximumTimeoutMs = maximumTimeoutMs;
    this.changeTimeout(nowMs, timeoutMs, false);
  }

  /** How it ended, if it has. */
  get kind(): OutcomeKind | undefined {
    return this.outcome?.kind;
  }

  /** Whether it ended for a reason that arose at this end. */
  get endedLocally(): boolean {
    return this.outcome !== undefined && this.kind !== "completed" && this.gotAbort === undefined;
  }

  /** Its end names another timeout, or hears one: the total is measured from the start. */
  changeTimeout(nowMs: number, timeoutMs: number, raisesMaximum: boolean): void {
    if (raisesMaximum) this.maximumTimeoutMs = Math.max(this.maximumTimeoutMs, timeoutMs);
    const granted = Math.min(timeoutMs, this.maximumTimeoutMs);
    if (granted === this.timeoutMs || this.#isOver) return;
    this.timeoutMs = granted;
    const deadlineMs = (this.startedMs ?? nowMs) + granted;
    this.#isOver = deadlineMs <= nowMs;
    this.deadlineMs = Math.max(nowMs, deadlineMs);
  }
}
