import type { Clock } from "../clock.ts";
import { Code } from "../links/code.ts";
import type { ControlItem, Credit, Hello } from "../wire/control_item.ts";
import { SecondMeter } from "./rate_limit.ts";
import { type ExchangeFailure, failureOfEnd, tooManyItems, violation } from "./exchange_failure.ts";

/** What the control items of a peer mean for its exchange. */
export interface ControlEvents {
  /** The first item, which is a hello. */
  greeted(hello: Hello): void;
  /** An item is to be sent in reply. */
  answer(item: ControlItem): void;
  /** The peer has answered a ping. */
  ponged(): void;
  /** The peer acknowledges bytes of large messages. */
  acked(bytes: number): void;
  /** The peer lets this side send more; returns whether it does. */
  credited(item: Credit): boolean;
  /** The peer begins no more, or accepts no more. */
  goaway(item: ControlItem & { readonly kind: "goaway" }): void;
  /** The peer's last frame has come, in good order. */
  peerEnded(): void;
  /** The peer has broken the protocol, or says that we have. */
  failed(failure: ExchangeFailure): void;
}

/** Handles the control items of one exchange: a hello first and only once, and no more in a second than is allowed. */
export class ControlHandler {
  readonly #clock: Clock;
  readonly #maxPerSecond: number;
  readonly #meter: SecondMeter;
  readonly #events: ControlEvents;
  #greeted = false;

  constructor(clock: Clock, maxPerSecond: number, events: ControlEvents) {
    this.#clock = clock;
    this.#maxPerSecond = maxPerSecond;
    this.#meter = new SecondMeter(maxPerSecond);
    this.#events = events;
  }

  /** Whether the peer's hello has come, as it must before anything else. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** Handles one item. */
  accept(item: ControlItem): void {
    // There are no more of these items than we have sent fragments, or payloads and operations.
    if (item.kind !== "taken" && item.kind !== "credit" && !this.tolerates()) return;
    const failure = item.kind === "end" ? failureOfEnd(item) : undefined;
    if (failure !== undefined) this.#events.failed(failure);
    else if (this.#greeted === (item.kind === "hello")) {
      const rule = this.#greeted ? "a second hello" : `an item "${item.kind}" before the hello`;
      this.#events.failed(violation(Code.INTERNAL, `Cannot go on with the exchange: got ${rule}`));
    } else {
      this.#dispatch(item);
    }
  }

  /** Counts an item, or a ticket that counts as one, and tells whether that is within the limit. */
  tolerates(): boolean {
    if (this.#meter.count(this.#clock.now())) return true;
    this.#events.failed(tooManyItems(this.#maxPerSecond));
    return false;
  }

  #dispatch(item: ControlItem): void {
    switch (item.kind) {
      case "hello":
        this.#greeted = true;
        return this.#events.greeted(item);
      case "ping":
        return this.#events.answer({ kind: "pong", value: item.value });
      case "goaway":
        return this.#events.goaway(item);
      case "end":
        return this.#events.peerEnded();
      case "part":
        return this.#events.failed(violation(Code.INTERNAL, "Cannot go on with the exchange: got a part within it"));
      case "refusal":
        return this.#events.failed(violation(Code.INTERNAL, "Cannot go on with the exchange: got a refusal within it"));
      case "pong":
        return this.#events.ponged();
      case "taken":
        return this.#events.acked(item.byteLength);
      case "credit":
        if (!this.#events.credited(item)) this.tolerates();
        return;
      case "unknown":
        // An item of a later version.
        return;
    }
  }
}
