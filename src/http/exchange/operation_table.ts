import { OperationMap } from "../../links/operation_map.ts";
import type { ExchangeOperation } from "./exchange_operation.ts";

/**
 * The operations that run on one exchange, by their ids on the wire. Ids rise, so that one number is all that is
 * remembered of those that have ended (S11).
 */
export class OperationTable {
  readonly #operations = new OperationMap<ExchangeOperation>();
  #highestId = 0;

  /** How many there are. */
  get size(): number {
    return this.#operations.size;
  }

  /** The highest id that there has been, 0 before the first. */
  get highestId(): number {
    return this.#highestId;
  }

  /** The operation of an id, unless it has ended or never was. */
  get(wireId: number): ExchangeOperation | undefined {
    return this.#operations.get(wireId);
  }

  /** Notes that an id has been used. */
  use(wireId: number): undefined {
    this.#highestId = wireId;
  }

  /** Adds an operation. */
  add(operation: ExchangeOperation): void {
    this.use(operation.wireId);
    this.#operations.set(operation.wireId, operation);
  }

  /** Takes an operation out and tells whether it was there. */
  remove(operation: ExchangeOperation): boolean {
    return this.#operations.delete(operation.wireId);
  }

  /** The operations that there are now, in the order in which they began. */
  all(): ExchangeOperation[] {
    return this.#operations.values();
  }

  /** Takes out all operations above an id, in the order in which they began. */
  takeAbove(wireId: number): ExchangeOperation[] {
    const taken = this.#operations.values().filter((operation) => operation.wireId > wireId);
    for (const operation of taken) this.#operations.delete(operation.wireId);
    return taken;
  }
}
