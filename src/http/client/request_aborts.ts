import type { Clock } from "../../clock.ts";
import { SecondMeter } from "../exchange/rate_limit.ts";

/**
 * Requests that are reset in a second before they are answered. Servers take many of them for an attack ("rapid reset",
 * CVE-2023-44487) and close the HTTP/2 connection under all that is on it: those that build on hyper, as `Deno.serve` does,
 * beyond 20 that they have not taken up yet.
 */
const MOST_PER_SECOND = 16;
/** Milliseconds that others wait for their answer at most. By then a server that lives has taken the request up. */
const PATIENCE_MS = 1_000;

/** Gives up requests that have not been answered, and not too many of them at once. */
export class RequestAborts {
  readonly #clock: Clock;
  readonly #meter = new SecondMeter(MOST_PER_SECOND);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Gives up a request: at once, or when it is answered.
   *
   * @param abort Aborts it.
   * @param answered Resolves when it is answered, or never will be. Whoever waits for that closes the response.
   */
  giveUp(abort: AbortController, answered: Promise<void>): void {
    if (this.#meter.count(this.#clock.now())) return abort.abort();
    const timer = this.#clock.setTimer(() => abort.abort(), PATIENCE_MS);
    void answered.then(() => this.#clock.clearTimer(timer));
  }
}
