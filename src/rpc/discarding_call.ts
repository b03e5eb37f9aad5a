import type { OperationSubscription } from "../ends/mod.ts";
import type { BoundMethod } from "./bound_method.ts";
import type { DiscardOptions } from "./call_options.ts";
import type { CallSite } from "./call_site.ts";
import { ClientCall } from "./client_call.ts";

const NOTHING: OperationSubscription = Object.freeze({ kind: "none" });

// The call itself hears of its end as all calls do; the subscription only says that no more is wanted.
const OUTCOME_ONLY: OperationSubscription = Object.freeze({ kind: "termination", terminationCallback(): void {} });

/** A call whose response is not wanted (S13). */
export class DiscardingCall extends ClientCall {
  /** Resolves when the call has succeeded, as far as the caller wanted to know. */
  readonly done: Promise<void>;
  readonly #oneWay: boolean;
  #resolve!: () => void; // set by the promise's executor, which runs at once
  #reject!: (error: Error) => void;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: DiscardOptions) {
    super(site, method, options);
    this.#oneWay = options.oneWay === true;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected override subscription(): OperationSubscription {
    return this.#oneWay ? NOTHING : OUTCOME_ONLY;
  }

  protected override received(_payload: unknown): void {
    // The end delivers none to such a subscription.
  }

  protected override settle(error: Error | undefined): void {
    if (error === undefined) this.#resolve();
    else this.#reject(error);
  }
}
