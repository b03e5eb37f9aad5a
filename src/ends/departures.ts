import { queueSwiftly } from "../clock.ts";
import { type Link, NULL_LINK } from "../links/mod.ts";
import type { Sender } from "./operation_host.ts";

/** Sends the tickets of an end's operations, all that are said in one stretch of code in the microtask after it (S18). */
export class Departures {
  /** Where they go. */
  mate: Link = NULL_LINK;
  readonly #report: (error: unknown) => void;
  #senders: Sender[] = [];
  #isFlushing = false;

  /** @param report Told of a mate that threw. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Asks that a sender's tickets leave in the next microtask. */
  schedule(sender: Sender): void {
    if (sender.scheduled) return;
    sender.scheduled = true;
    this.#senders.push(sender);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueSwiftly(this.#flush);
  }

  readonly #flush = (): void => {
    const senders = this.#senders;
    this.#senders = [];
    this.#isFlushing = false;
    for (const sender of senders) {
      sender.scheduled = false;
      this.#send(sender);
    }
  };

  #send(sender: Sender): void {
    for (let ticket = sender.nextTicket(); ticket !== undefined; ticket = sender.nextTicket()) {
      try {
        this.mate.acceptTicket(ticket);
      } catch (error) {
        sender.linkFailed();
        return this.#report(error);
      }
      sender.handedOver(ticket);
    }
  }
}
