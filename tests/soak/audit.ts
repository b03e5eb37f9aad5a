import { OutcomeKind } from "../../src/links/mod.ts";
import type { ClientReport } from "./client.ts";
import { type Entry, entryOf } from "./ledger.ts";
import { type CallKind, type Ending, type Plan, planOf } from "./plan.ts";
import { resultOf } from "./results.ts";
import type { ServerReport } from "./server.ts";

/** One way in which calls went, and how many did. */
export interface Course {
  readonly kind: CallKind;
  readonly ending: Ending;
  /** What the caller saw. */
  readonly result: string;
  readonly atClient: Entry;
  readonly atServer: Entry;
  count: number;
  /** The number of the first. */
  readonly first: number;
}

/** What the caller sees of a call that goes as planned. */
const RESULT: Readonly<Record<Ending, string>> = {
  "whole": "ok",
  "prolonged": "ok",
  "left": "ok",
  "aborted": "cancelled",
  "expired": "deadline_exceeded",
  "refused": "failed_precondition",
  "failed": "unknown",
  "source failed": "unknown",
};

const LOST: readonly Entry[] = [OutcomeKind.TRANSMISSION_FAILURE, OutcomeKind.REMOTE_SHUTDOWN];

/** How a call that goes as planned ends at the client's end. */
const AT_CLIENT: Readonly<Record<Ending, readonly Entry[]>> = {
  "whole": [OutcomeKind.COMPLETED],
  "prolonged": [OutcomeKind.COMPLETED],
  // Who leaves a stream may do so before it has noticed that there is nothing to leave any more.
  "left": [OutcomeKind.CANCELLED, OutcomeKind.COMPLETED, ...LOST],
  "aborted": [OutcomeKind.CANCELLED],
  "expired": [OutcomeKind.EXPIRED],
  "refused": [OutcomeKind.COMPLETED],
  "failed": [OutcomeKind.COMPLETED],
  "source failed": [OutcomeKind.CANCELLED],
};

const { COMPLETED, CANCELLED, EXPIRED, TRANSMISSION_FAILURE } = OutcomeKind;

/**
 * How a call may have ended at the server whose client has ended it so (SEMANTICS §8): the same, unless the last word of
 * one side was lost with its connection or crossed the other's. What has never arrived is absent.
 */
const AT_SERVER: Readonly<Partial<Record<Entry, readonly Entry[]>>> = {
  [COMPLETED]: [COMPLETED, TRANSMISSION_FAILURE, CANCELLED],
  [CANCELLED]: [CANCELLED, COMPLETED, TRANSMISSION_FAILURE, "absent"],
  [EXPIRED]: [EXPIRED, CANCELLED, COMPLETED, TRANSMISSION_FAILURE, "absent"],
  [TRANSMISSION_FAILURE]: [TRANSMISSION_FAILURE, CANCELLED, COMPLETED, EXPIRED, "absent"],
  // The client was told that it had never started, so that it may try again elsewhere (P9.6).
  [OutcomeKind.REMOTE_SHUTDOWN]: ["absent"],
  // No such method: the servicer throws before it has seen the call's number (S35).
  [OutcomeKind.LOCAL_FAILURE]: ["absent"],
};

/** Sorts the calls by how they went. */
export function coursesOf(seed: number, client: ClientReport, server: ServerReport): Course[] {
  const courses = new Map<string, Course>();
  for (let call = 0; call < client.calls; call++) {
    const { kind, ending } = planOf(seed, call);
    const result = resultOf(client.results, call);
    const atClient = entryOf(client.ledger, call);
    const atServer = call < server.ledger.length ? entryOf(server.ledger, call) : "absent";
    const key = [kind, ending, result, atClient, atServer].join();
    const course = courses.get(key) ?? { kind, ending, result, atClient, atServer, count: 0, first: call };
    course.count += 1;
    courses.set(key, course);
  }
  return [...courses.values()];
}

/** Tells what is wrong with the way in which calls went; `undefined` if nothing is. */
export function courseProblem({ kind, ending, result, atClient, atServer }: Course): string | undefined {
  if (!endsAllowed({ kind, ending }, result, atClient)) return "the caller should have seen something else";
  if (kind === "one way" && atClient === COMPLETED) {
    // Nothing is known of what becomes of it once it has been handed over (S13).
    return atServer === "running" ? "it still runs at the server" : undefined;
  }
  const allowed = AT_SERVER[atClient] ?? [];
  return allowed.includes(atServer) ? undefined : "the two ends do not agree";
}

function endsAllowed({ kind, ending }: Pick<Plan, "kind" | "ending">, result: string, atClient: Entry): boolean {
  if (result === "unavailable") return LOST.includes(atClient);
  if (kind === "missing") return result === "unimplemented" && atClient === OutcomeKind.LOCAL_FAILURE;
  return result === RESULT[ending] && AT_CLIENT[ending].includes(atClient);
}
