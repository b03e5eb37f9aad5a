import { Code, ProtocolKind, Subscription, Termination, type Ticket } from "../links/mod.ts";
import { describeValue } from "../links/foreign_value.ts";
import type { OperationStart } from "./lifetime.ts";
import { ActiveOperation } from "./operation.ts";
import type { OperationHost } from "./operation_host.ts";
import { OutcomeKind } from "./outcome.ts";
import { isNoSuchMethod, type NoSuchMethodError, type Servicer } from "./servicer.ts";
import { isTimeout } from "./timeout.ts";

/** One operation at the end that serves it: its first ticket calls the servicer. */
export class ServedOperation extends ActiveOperation {
  readonly #servicer: Servicer;

  constructor(host: OperationHost, start: OperationStart, servicer: Servicer) {
    super(host, start);
    this.#servicer = servicer;
  }

  protected override get isServed(): boolean {
    return true;
  }

  protected override begin(ticket: Ticket): boolean {
    this.state = "running";
    this.setAudience(ticket.subscription ?? Subscription.FULL, true);
    const field = invalidOpeningField(ticket);
    if (field !== undefined) {
      this.violated(field, Code.INVALID_ARGUMENT); // S3
      return false;
    }
    return this.#serve(ticket) && this.tellContext(ticket, ProtocolKind.SERVICER_CONTEXT);
  }

  /** Calls the servicer; false if the operation is over already. */
  #serve({ group = "", method = "" }: Ticket): boolean {
    try {
      const subscription = this.#servicer.service(group, method, this, this);
      this.setOpening({ subscription: subscription.kind });
      this.subscribe(subscription);
    } catch (error) {
      if (isNoSuchMethod(error)) this.#noSuchMethod(error, group, method);
      else this.customerThrew(error);
    }
    return typeof this.state === "string";
  }

  #noSuchMethod(error: NoSuchMethodError, group: string, method: string): void {
    if (typeof this.state !== "string") return;
    const code = error.code ?? Code.UNIMPLEMENTED;
    const message = error.message === "" ? `No method "${method}" in group "${group}"` : error.message;
    this.abort(Termination.REMOTE_FAILURE, code, message);
    this.end({ kind: OutcomeKind.REMOTE_FAILURE, code, message });
  }
}

/** What is wrong with a first ticket from the invocation to the service side, if anything (S3). */
function invalidOpeningField({ group, method, timeout }: Ticket): string | undefined {
  if (typeof group !== "string") return `field "group" of the first ticket must be a string, got ${typeof group}`;
  if (typeof method !== "string") return `field "method" of the first ticket must be a string, got ${typeof method}`;
  if (timeout !== undefined && !isTimeout(timeout)) {
    return `field "timeout" of the first ticket must be a finite number of milliseconds above 0, got ${
      describeValue(timeout)
    }`;
  }
  return undefined;
}
