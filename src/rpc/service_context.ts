import { type Outcome, OutcomeKind } from "../ends/outcome.ts";
import type { OperationContext } from "../ends/types.ts";
import type { Metadata } from "../links/ticket.ts";
import { type MetadataList, type MetadataValue, toMetadata } from "./call_metadata.ts";
import { type CallValues, callValues } from "./call_values.ts";
import { EMPTY_TRAILER, outcomeError } from "./error_mapping.ts";
import type { HandlerContext } from "./handlers.ts";
import type { BoundMethod } from "./message_codec.ts";
import type { MethodKind } from "./method.ts";

/** The {@linkcode HandlerContext} of one call. Parts that few handlers use are made on first use. */
export class ServiceContext implements HandlerContext {
  metadata: Metadata = EMPTY_TRAILER.metadata;
  http: unknown;
  readonly #method: BoundMethod;
  readonly #operation: OperationContext;
  #values: CallValues | undefined;
  #controller: AbortController | undefined;
  #header: MetadataList | undefined;
  #trailer: MetadataList | undefined;
  #headerSent = false;
  #trailerSent = false;

  constructor(method: BoundMethod, operation: OperationContext) {
    this.#method = method;
    this.#operation = operation;
  }

  get service(): string {
    return this.#method.service;
  }

  get method(): string {
    return this.#method.name;
  }

  get kind(): MethodKind {
    return this.#method.kind;
  }

  get values(): CallValues {
    return this.#values ??= callValues();
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const outcome = this.#operation.addTerminationCallback((ended) => this.#abort(ended));
      if (outcome !== undefined) this.#abort(outcome);
    }
    return this.#controller.signal;
  }

  timeRemaining(): number {
    return this.#operation.outcome()?.kind === OutcomeKind.COMPLETED ? Infinity : this.#operation.timeRemaining();
  }

  changeTimeout(timeoutMs: number): void {
    this.#operation.changeTimeout(timeoutMs);
  }

  setHeader(key: string, value: MetadataValue | readonly MetadataValue[]): void {
    if (this.#headerSent) throw new TypeError(`Cannot set header "${key}": the headers have left`);
    setPairs(this.header, key, value);
  }

  setTrailer(key: string, value: MetadataValue | readonly MetadataValue[]): void {
    if (this.#trailerSent) throw new TypeError(`Cannot set trailer "${key}": the trailers have left`);
    setPairs(this.trailer, key, value);
  }

  /** The headers so far. They may be added to. */
  get header(): MetadataList {
    return this.#header ??= [];
  }

  set header(header: MetadataList) {
    this.#header = header;
  }

  /** The trailers so far. They may be added to. */
  get trailer(): MetadataList {
    return this.#trailer ??= [];
  }

  set trailer(trailer: MetadataList) {
    this.#trailer = trailer;
  }

  /** Takes the headers, to send them: `undefined` if there are none or they have been sent. */
  takeHeader(): Metadata | undefined {
    if (this.#headerSent) return undefined;
    this.#headerSent = true;
    return this.#header;
  }

  /** Takes the trailers, to send them: `undefined` if there are none. */
  takeTrailer(): Metadata | undefined {
    this.#trailerSent = true;
    return this.#trailer;
  }

  #abort(outcome: Outcome): void {
    if (outcome.kind === OutcomeKind.COMPLETED) return;
    this.#controller?.abort(outcomeError(outcome, this.#method.path, EMPTY_TRAILER));
  }
}

/**
 * Replaces all values of a key by one value or by those of a list, which may be empty. Throws a `TypeError` if the key or a
 * value is not allowed.
 */
export function setPairs(list: MetadataList, key: string, value: MetadataValue | readonly MetadataValue[]): void {
  const added = toMetadata({ [key]: value });
  const kept = list.filter(([other]) => other !== key);
  list.splice(0, list.length, ...kept, ...added);
}
