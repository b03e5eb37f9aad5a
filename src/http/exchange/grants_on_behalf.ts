import type { AllowancePacer } from "./allowance_pacer.ts";
import type { ExchangeOperation } from "./exchange_operation.ts";
import type { OperationTable } from "./operation_table.ts";

/**
 * Grants on behalf of a client whose request is complete (S46): one payload for each that the HTTP layer has taken,
 * so that a slow reader pauses the producer. What the HTTP layer has taken shows in its asking for the next chunk.
 */
export class GrantsOnBehalf {
  readonly #operations: OperationTable;
  readonly #pacer: AllowancePacer;
  /** Payloads that wait in the writer. */
  #waiting: Map<ExchangeOperation, number> = new Map();
  /** Payloads of the chunk that was handed over last. */
  #handedOver: Map<ExchangeOperation, number> = new Map();

  constructor(operations: OperationTable, pacer: AllowancePacer) {
    this.#operations = operations;
    this.#pacer = pacer;
  }

  /** A payload has been written. */
  written(operation: ExchangeOperation): void {
    this.#waiting.set(operation, (this.#waiting.get(operation) ?? 0) + 1);
  }

  /** All that was written has been handed over. */
  handedOver(): void {
    const emptied = this.#handedOver;
    this.#handedOver = this.#waiting;
    emptied.clear();
    this.#waiting = emptied;
  }

  /** What was handed over has been taken. */
  taken(): void {
    const taken = this.#handedOver;
    if (taken.size === 0) return;
    this.#handedOver = new Map();
    for (const [operation, payloads] of taken) {
      if (this.#operations.get(operation.wireId) === operation) this.#pacer.grant(operation, payloads);
    }
  }
}
