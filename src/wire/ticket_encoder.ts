import { CausedMessage } from "../links/thrown.ts";
import type { Metadata, Ticket } from "../links/ticket.ts";
import { writeValue } from "../cbor/encode.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
import { writeMetadata } from "./metadata.ts";
import { FIELDS, SEQUENCE_KEY } from "./ticket_fields.ts";
import type { WireLimits } from "./wire_limits.ts";

/**
 * Writes everything of a ticket's item but the payload, which stands last.
 *
 * @param out Where to.
 * @param operation The operation's number on this exchange.
 * @param sequence The ticket's number, unless it is the one that is implied.
 * @param ticket The ticket.
 * @param limits What it may cost.
 * @throws {TypeError} If a field has no encoding.
 * @throws {RangeError} If a field crosses a limit.
 */
export function writeEnvelope(
  out: ItemWriter,
  operation: number,
  sequence: number | undefined,
  ticket: Ticket,
  limits: WireLimits,
): void {
  if (sequence === undefined && ticket.payload !== undefined && !hasFields(ticket)) {
    out.byte(Major.ARRAY | 2);
    out.integer(operation);
    return;
  }
  out.byte(Major.ARRAY | 3);
  out.integer(operation);
  const mapAt = out.length;
  const known = sequence === undefined && isKnowable(ticket) ? knownFields(ticket) : undefined;
  if (known?.isOf(ticket)) return known.write(out);
  // The number of entries is known when they are written. It is below 24, as all keys and members are, so one byte will do.
  out.byte(Major.MAP);
  const count = writeFields(out, sequence, ticket, limits);
  out.bytes[mapAt] = Major.MAP | count;
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
function knownFields({ group, method, termination }: Ticket): KnownFields | undefined {
  if (typeof group === "string" && typeof method === "string") return OPENINGS[(group.length + method.length) & 7];
  if (group !== undefined || method !== undefined) return undefined;
  return termination === undefined ? GRANTS : ANSWERS;
}

function hasFields(ticket: Ticket): boolean {
  return ticket.allowance !== undefined || ticket.termination !== undefined || ticket.timeout !== undefined ||
    ticket.subscription !== undefined || ticket.group !== undefined || ticket.method !== undefined ||
    ticket.initialMetadata !== undefined || ticket.terminalMetadata !== undefined || ticket.code !== undefined ||
    ticket.message !== undefined || ticket.methodKind !== undefined || ticket.neverStarted !== undefined;
}

/** Writes the entries of the map of fields, and returns how many there are. */
function writeFields(out: ItemWriter, sequence: number | undefined, ticket: Ticket, limits: WireLimits): number {
  let count = 0;
  let metadataBytes = 0;
  if (sequence !== undefined) {
    out.byte(SEQUENCE_KEY);
    out.integer(sequence);
    count += 1;
  }
  for (let key = SEQUENCE_KEY + 1; key < FIELDS.length; key++) {
    const field = FIELDS[key]!;
    const value = ticket[field.name];
    if (value === undefined) continue;
    out.byte(key);
    count += 1;
    const start = out.length;
    if (field.members !== undefined) out.byte(numberOf(value, field.members, key));
    else if (field.form !== "metadata") writeValue(out, value instanceof CausedMessage ? value.message : value, limits);
    else {
      writeMetadata(out, value as Metadata); // the field is no other's
      metadataBytes += out.length - start;
    }
  }
  if (metadataBytes <= limits.maxMetadataBytes) return count;
  throw new RangeError(`metadata of ${metadataBytes} bytes is above ${limits.maxMetadataBytes} (maxMetadataBytes)`);
}

function numberOf(value: unknown, members: readonly unknown[], key: number): number {
  const number = members.indexOf(value);
  if (number >= 0) return number;
  throw new TypeError(`Cannot encode field ${key}: "${String(value)}" is no member of its enumeration`);
}
