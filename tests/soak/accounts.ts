import type { Metadata } from "../../mod.ts";
import type {
  End,
  Link,
  OperateOptions,
  Operation,
  OperationContext,
  OperationSubscription,
  Operator,
  OutcomeKind,
  Servicer,
  Step,
  Ticket,
} from "../../src/links/mod.ts";
import { CALL_KEY } from "./contract.ts";
import type { Ledger } from "./ledger.ts";

function callOf(metadata: Metadata | undefined): number | undefined {
  const value = metadata?.find(([key]) => key === CALL_KEY)?.[1];
  return typeof value === "string" ? Number(value) : undefined;
}

/** An end that enters every operation which begins there in a ledger. */
export class AccountedEnd implements End {
  readonly #end: End;
  readonly #ledger: Ledger;

  constructor(end: End, ledger: Ledger) {
    this.#end = end;
    this.#ledger = ledger;
  }

  operate(group: string, method: string, subscription: OperationSubscription, options: OperateOptions): Operation {
    const operation = this.#end.operate(group, method, subscription, options);
    const call = callOf(options.initialMetadata);
    if (call === undefined) throw new Error("A call has no number");
    this.#ledger.enter(call);
    const outcome = operation.context.addTerminationCallback(({ kind }) => this.#ledger.close(call, kind));
    if (outcome !== undefined) this.#ledger.close(call, outcome.kind);
    return operation;
  }

  acceptTicket(ticket: Ticket): void {
    this.#end.acceptTicket(ticket);
  }

  joinLink(link: Link): void {
    this.#end.joinLink(link);
  }

  start(): void {
    this.#end.start();
  }

  stop(graceMs: number): Promise<void> {
    return this.#end.stop(graceMs);
  }

  operationStats(): Record<OutcomeKind, number> {
    return this.#end.operationStats();
  }

  addIdleAction(action: () => void): void {
    this.#end.addIdleAction(action);
  }
}

/** A servicer that enters every operation which it is asked to serve in a ledger. */
export class AccountedServicer implements Servicer {
  /** How operations ended whose number has not been seen: those of methods that are not there. */
  readonly unnamed: Partial<Record<OutcomeKind, number>> = {};
  readonly #servicer: Servicer;
  readonly #ledger: Ledger;

  constructor(servicer: Servicer, ledger: Ledger) {
    this.#servicer = servicer;
    this.#ledger = ledger;
  }

  service(group: string, method: string, context: OperationContext, output: Operator): OperationSubscription {
    let call: number | undefined;
    context.addTerminationCallback(({ kind }) => {
      if (call === undefined) this.unnamed[kind] = (this.unnamed[kind] ?? 0) + 1;
      else this.#ledger.close(call, kind);
    });
    const subscription = this.#servicer.service(group, method, context, output);
    if (subscription.kind !== "full") throw new Error("A servicer of calls subscribes to everything");
    const advance = (step: Step): void => {
      const named = callOf(step.initialMetadata);
      if (named !== undefined) this.#ledger.enter(call = named);
      subscription.operator.advance(step);
    };
    return { ...subscription, operator: { advance } };
  }
}

/** Stands before an end and counts the operations that reach it, whatever becomes of them. */
export class OpeningsCounter implements Link {
  /** Operations that have had a ticket. */
  count = 0;
  readonly #end: Link;
  #highest = 0;

  constructor(end: Link) {
    this.#end = end;
  }

  acceptTicket(ticket: Ticket): void {
    const { operationId } = ticket;
    // A link numbers operations as they open, and hands the first ticket over before it opens the next.
    if (typeof operationId === "number" && operationId > this.#highest) {
      this.#highest = operationId;
      this.count += 1;
    }
    this.#end.acceptTicket(ticket);
  }

  joinLink(): void {
    throw new TypeError("It only listens: what the end says goes to the link itself");
  }
}
