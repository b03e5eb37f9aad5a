import type { OutcomeKind } from "../../src/ends/mod.ts";
import type { Journal } from "./journal.ts";
import { sameValue } from "./payload.ts";
import type { Simulation } from "./simulation.ts";

/** What an abort means to the end that receives it (S30), written down a second time. */
const MEANING: Readonly<Record<string, OutcomeKind>> = {
  "cancellation": "cancelled",
  "expiration": "expired",
  "shutdown": "remote shutdown",
  "reception failure": "reception failure",
  "transmission failure": "transmission failure",
  "local failure": "remote failure",
  "remote failure": "local failure",
};

/** What an end says when an operation ends for a reason that arose there (S29), written down a second time. */
const LAST_WORD: Readonly<Partial<Record<OutcomeKind, string>>> = {
  "cancelled": "cancellation",
  "expired": "expiration",
  "local shutdown": "shutdown",
  "local failure": "local failure",
  "remote failure": "remote failure",
  "reception failure": "reception failure",
};

/** What a virtual clock's timers, whole milliseconds up, may be late by. */
const LATE_MS = 1;

/** Checks what one side of one operation says and does, whatever the other side is. */
export function checkSide(simulation: Simulation, journal: Journal, peer: Journal): void {
  const { world, strike } = simulation;
  const wrong = (what: string): void => world.wrong(`${journal.name} ${what}`);
  const { kind } = journal;
  if (!journal.served) return;
  if (kind === undefined) return wrong("has not ended");
  const isHeldUp = journal.isForged && strike?.strike.forgery.kills === "order";
  if (!isHeldUp) checkTime(journal, wrong);
  if (journal.gotAbort !== undefined && kind !== MEANING[journal.gotAbort.termination]) {
    wrong(`is ${kind} after ${journal.gotAbort.termination} (S30)`);
  }
  if (journal.intent !== undefined && kind !== journal.intent) wrong(`is ${kind}, not ${journal.intent} (S29)`);
  checkLastWord(journal, peer, wrong);
  if (journal.endedLocally) checkLocalCause(simulation, journal, peer, wrong);
  if (kind === "completed") checkCompleted(journal, peer, wrong);
}

/** S23 to S27: what expires does so at its deadline, and nothing lives longer. */
function checkTime(journal: Journal, wrong: (what: string) => void): void {
  const { endedMs = Infinity, deadlineMs } = journal;
  if (endedMs > deadlineMs + LATE_MS) wrong(`ended at ${endedMs}, its deadline was ${deadlineMs} (S27)`);
  const isExpired = journal.outcome?.kind === "expired" && journal.gotAbort === undefined;
  if (isExpired && endedMs < deadlineMs - LATE_MS) wrong(`expired at ${endedMs}, before ${deadlineMs} (S27)`);
}

function checkLastWord(journal: Journal, peer: Journal, wrong: (what: string) => void): void {
  const said = journal.sentAbort?.termination;
  const isMuted = journal.side === "service" && peer.subscription === "none";
  const due = journal.endedLocally && !isMuted && journal.kind !== undefined ? LAST_WORD[journal.kind] : undefined;
  if (said !== due) wrong(`is ${journal.kind} and said ${said}, not ${due} (S29, S30)`);
}

/** S29: no outcome without a cause. */
function checkLocalCause(
  { scenario: { closing, operations, exchange }, strike }: Simulation,
  journal: Journal,
  peer: Journal,
  wrong: (what: string) => void,
): void {
  const plan = operations[journal.operation];
  // A client on a single exchange sends without waiting for grants (P7.14), of which a one-way operation has none (S13).
  const isOverfed = exchange === "single" && peer.subscription === "none";
  // A server that takes the client's direction for ended grants on its behalf (S46), of which the client knows nothing.
  const isOverruled = journal.side === "invocation" && strike?.strike.forgery.kills === "incomplete";
  const causes: readonly (OutcomeKind | undefined)[] = [
    "expired",
    journal.intent,
    journal.isForged || isOverfed || isOverruled ? "reception failure" : undefined,
    closing?.who === `${journal.side} end` ? "local shutdown" : undefined,
    plan?.isKnown === false && journal.side === "service" ? "remote failure" : undefined,
  ];
  if (!causes.includes(journal.kind)) wrong(`is ${journal.kind} without a cause (S29)`);
}

/** S33, S34. */
function checkCompleted(journal: Journal, peer: Journal, wrong: (what: string) => void): void {
  const mayBeSilent = peer.subscription === "none"; // S13
  if (journal.sentCompletionMs === undefined && !mayBeSilent) wrong("is completed and has not said so (S33)");
  if (journal.subscription === "none" && !mayBeSilent) return;
  if (journal.gotCompletionMs === undefined && journal.side === "service") wrong("is completed, its peer is not (S33)");
  if (journal.subscription !== "full" || journal.isForged) return;
  const { code, message } = journal.heardCompletion ?? {};
  if (!sameValue([journal.outcome?.code, journal.outcome?.message], [code, message])) {
    wrong("has another code or message than its peer said (S34)");
  }
}
