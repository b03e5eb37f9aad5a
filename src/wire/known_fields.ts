import type { Ticket } from "../links/ticket.ts";
import { headLength, type ItemWriter, Major } from "../cbor/item_writer.ts";
import { writeEnvelope } from "./ticket_writer.ts";
import type { WireLimits } from "./wire_limits.ts";

/**
 * As {@linkcode writeEnvelope}, for who writes many tickets: what was written before is copied where the fields are the same.
 *
 * @param out Where to.
 * @param operation The operation's number on this exchange.
 * @param sequence The ticket's number, unless it is the one that is implied.
 * @param ticket The ticket.
 * @param limits What it may cost.
 * @throws {TypeError} If a field has no encoding.
 * @throws {RangeError} If a field crosses a limit.
 */
export function writeKnownEnvelope(
  out: ItemWriter,
  operation: number,
  sequence: number | undefined,
  ticket: Ticket,
  limits: WireLimits,
): void {
  const known = sequence === undefined && isKnowable(ticket) ? knownFields(ticket) : undefined;
  if (known?.isOf(ticket)) {
    out.byte(Major.ARRAY | 3);
    out.integer(operation);
    return known.write(out);
  }
  const mapAt = out.length + 1 + headLength(operation);
  writeEnvelope(out, operation, sequence, ticket, limits);
  known?.remember(ticket, out.bytes.subarray(mapAt, out.length));
}

/** Whether a ticket has only fields that many others have as well, and whose values nobody changes. */
function isKnowable(ticket: Ticket): boolean {
  const { timeout, allowance } = ticket;
  return ticket.initialMetadata === undefined && ticket.terminalMetadata === undefined && ticket.code === undefined &&
    ticket.message === undefined && ticket.neverStarted === undefined && isCount(timeout) && isCount(allowance);
}

/** Not 0, which is as good as -0 for a comparison, and no object. */
function isCount(value: unknown): boolean {
  return value === undefined || typeof value === "number" && value > 0;
}

/**
 * The fields of a ticket that has been written before, and their bytes. Those of all calls of a method are the same, and to
 * copy the bytes takes a quarter of the time.
 */
class KnownFields {
  #group: unknown;
  #method: unknown;
  #methodKind: unknown;
  #subscription: unknown;
  #timeout: unknown;
  #allowance: unknown;
  #termination: unknown;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Whether a ticket has the same fields. */
  isOf(ticket: Ticket): boolean {
    return ticket.method === this.#method && ticket.group === this.#group && ticket.timeout === this.#timeout &&
      ticket.subscription === this.#subscription && ticket.termination === this.#termination &&
      ticket.allowance === this.#allowance && ticket.methodKind === this.#methodKind && this.#bytes.length > 0;
  }

  /** Writes them. */
  write(out: ItemWriter): void {
    const bytes = this.#bytes;
    const { length } = bytes;
    out.reserve(length);
    const to = out.bytes;
    const start = out.length;
    // A loop, as these are few.
    for (let i = 0; i < length; i++) to[start + i] = bytes[i]!;
    out.length = start + length;
  }

  /** Takes the place of others. */
  remember(ticket: Ticket, bytes: Uint8Array): void {
    if (bytes.length > GREATEST_KNOWN_BYTES) return;
    this.#group = ticket.group;
    this.#method = ticket.method;
    this.#methodKind = ticket.methodKind;
    this.#subscription = ticket.subscription;
    this.#timeout = ticket.timeout;
    this.#allowance = ticket.allowance;
    this.#termination = ticket.termination;
    if (this.#bytes.length !== bytes.length) this.#bytes = new Uint8Array(bytes.length);
    this.#bytes.set(bytes);
  }
}

/** Bytes of the fields of one ticket that are remembered at most: those of most calls are about 40. */
const GREATEST_KNOWN_BYTES = 96;
/** For tickets that open an operation, by the lengths of its names. */
const OPENINGS = Array.from({ length: 8 }, () => new KnownFields());
/** For answers, and for grants. */
const ANSWERS = new KnownFields();
const GRANTS = new KnownFields();

/** Where the fields of such a ticket are, if they are known. */
function knownFields({ group, method, termination, allowance }: Ticket): KnownFields | undefined {
  if (typeof group === "string" && typeof method === "string") return OPENINGS[(group.length + method.length) & 7];
  if (group !== undefined || method !== undefined) return undefined;
  if (termination !== undefined) return ANSWERS;
  return allowance === undefined ? undefined : GRANTS;
}
