import { Code, type OperationId, Termination, type Ticket } from "../links/mod.ts";
import type { Sender } from "./operation_host.ts";

/** The one ticket that answers an operation which arrives while the end stops (S40): it never started. */
export class Refusal implements Sender {
  scheduled = false;
  readonly #operationId: OperationId;
  #sent = false;

  constructor(operationId: OperationId) {
    this.#operationId = operationId;
  }

  nextTicket(): Ticket | undefined {
    if (this.#sent) return undefined;
    this.#sent = true;
    return {
      operationId: this.#operationId,
      sequenceNumber: 0,
      termination: Termination.SHUTDOWN,
      code: Code.UNAVAILABLE,
      message: "The service is stopping and did not start the operation",
    };
  }

  handedOver(_ticket: Ticket): void {}

  linkFailed(): void {}
}
