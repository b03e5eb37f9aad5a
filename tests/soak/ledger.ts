import { OutcomeKind } from "../../src/links/mod.ts";

/** What a ledger knows of a call: nothing, that it runs, how it ended. */
export type Entry = "absent" | "running" | OutcomeKind;

const ENTRIES: readonly Entry[] = ["absent", "running", ...Object.values(OutcomeKind)];

/** The character of the first entry in a ledger's text. */
const FIRST_CHARACTER = 48;

/** How each call ended at one end: a byte for each outside of the heap, so that to count does not change what is counted. */
export class Ledger {
  readonly #entries: Uint8Array;
  /** Calls that have been entered. */
  entered = 0;
  /** Calls that have been entered twice: somebody has repeated them. */
  doubled = 0;

  constructor(capacity: number) {
    this.#entries = new Uint8Array(capacity);
  }

  /** A call begins. */
  enter(call: number): void {
    if (this.#entries[call] !== 0) this.doubled += 1;
    this.entered += 1;
    this.#set(call, "running");
  }

  /** It has ended. */
  close(call: number, outcome: OutcomeKind): void {
    this.#set(call, outcome);
  }

  /** All entries below a number, one character for each. */
  toText(calls: number): string {
    return new TextDecoder().decode(this.#entries.slice(0, calls).map((entry) => entry + FIRST_CHARACTER));
  }

  #set(call: number, entry: Entry): void {
    this.#entries[call] = ENTRIES.indexOf(entry);
  }
}

/** Reads an entry out of a ledger's text. */
export function entryOf(text: string, call: number): Entry {
  const entry = ENTRIES[text.charCodeAt(call) - FIRST_CHARACTER];
  if (entry === undefined) throw new RangeError(`The ledger has no entry for call ${call}`);
  return entry;
}
