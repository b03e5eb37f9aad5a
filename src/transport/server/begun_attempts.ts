import type { Clock } from "../../clock.ts";
import { BEGUN_ATTEMPT_MS, MAX_BEGUN_ATTEMPTS } from "../../limits.ts";

/**
 * Remembers which attempts have begun operations here. A runtime that has sent a request again by itself sends the same
 * attempt, and nothing of it may begin again (P7.42).
 */
export class BegunAttempts {
  readonly #clock: Clock;
  /** When each has begun, the earliest first. */
  readonly #begunAtMs: Map<string, number> = new Map();
  /** Goes through them once, since a map finds its first entry slowly when many before it have been deleted. */
  #entries = this.#begunAtMs.entries();
  #earliest: readonly [name: string, begunAtMs: number] | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records that an exchange begins its first operation. Returns `false` if one of the same attempt has done so before. */
  begin(attempt: Uint8Array): boolean {
    const name = nameOf(attempt);
    const nowMs = this.#clock.now();
    const begunAtMs = this.#begunAtMs.get(name);
    if (begunAtMs !== undefined && nowMs - begunAtMs < BEGUN_ATTEMPT_MS) return false;
    this.#makeRoom(nowMs);
    this.#begunAtMs.set(name, nowMs);
    return true;
  }

  /** Forgets an attempt of which nothing has begun after all (S40): the client may send the same again. */
  withdraw(attempt: Uint8Array): void {
    const name = nameOf(attempt);
    this.#begunAtMs.delete(name);
    // It may begin again, later.
    if (this.#earliest?.[0] === name) this.#earliest = undefined;
  }

  #makeRoom(nowMs: number): void {
    for (;;) {
      const earliest = this.#earliest ??= this.#next();
      if (earliest === undefined) return;
      const [name, begunAtMs] = earliest;
      if (nowMs - begunAtMs < BEGUN_ATTEMPT_MS && this.#begunAtMs.size < MAX_BEGUN_ATTEMPTS) return;
      this.#begunAtMs.delete(name);
      this.#earliest = undefined;
    }
  }

  #next(): readonly [string, number] | undefined {
    const { done, value } = this.#entries.next();
    if (!done) return value;
    // All have been deleted; an iterator that is done finds nothing that is added later.
    this.#entries = this.#begunAtMs.entries();
    return undefined;
  }
}

function nameOf(attempt: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, undefined, attempt);
}
