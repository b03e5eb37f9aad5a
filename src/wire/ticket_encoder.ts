import type { Ticket } from "../links/ticket.ts";
import { writeValue } from "../cbor/encode.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
import { writeMetadata } from "./metadata.ts";
import { FieldKey, METHOD_KINDS, NEVER_STARTED, SUBSCRIPTIONS, TERMINATIONS } from "./ticket_fields.ts";
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
  // The number of entries is known when they are written. It is below 24, as all keys and members are, so one byte will do.
  out.byte(Major.MAP);
  const count = writeOpening(out, sequence, ticket, limits) + writeMiddle(out, ticket, limits.maxMetadataBytes) +
    writeEnding(out, ticket, limits);
  out.bytes[mapAt] = Major.MAP | count;
}

function hasFields(ticket: Ticket): boolean {
  return ticket.allowance !== undefined || ticket.termination !== undefined || ticket.timeout !== undefined ||
    ticket.subscription !== undefined || ticket.group !== undefined || ticket.method !== undefined ||
    ticket.initialMetadata !== undefined || ticket.terminalMetadata !== undefined || ticket.code !== undefined ||
    ticket.message !== undefined || ticket.methodKind !== undefined || ticket.neverStarted !== undefined;
}

/** Writes a field of any value and returns how many entries that makes. */
function writeField(out: ItemWriter, key: number, value: unknown, limits: WireLimits): number {
  out.byte(key);
  writeValue(out, value, limits);
  return 1;
}

function writeSequence(out: ItemWriter, sequence: number): number {
  out.byte(FieldKey.SEQUENCE);
  out.integer(sequence);
  return 1;
}

function writeOpening(out: ItemWriter, sequence: number | undefined, ticket: Ticket, limits: WireLimits): number {
  const { group, method, subscription, timeout, allowance } = ticket;
  let count = 0;
  if (sequence !== undefined) count += writeSequence(out, sequence);
  if (group !== undefined) count += writeField(out, FieldKey.GROUP, group, limits);
  if (method !== undefined) count += writeField(out, FieldKey.METHOD, method, limits);
  if (subscription !== undefined) count += writeMember(out, FieldKey.SUBSCRIPTION, SUBSCRIPTIONS, subscription);
  if (timeout !== undefined) count += writeField(out, FieldKey.TIMEOUT, timeout, limits);
  if (allowance !== undefined) count += writeField(out, FieldKey.ALLOWANCE, allowance, limits);
  return count;
}

function writeMiddle(out: ItemWriter, ticket: Ticket, maxMetadataBytes: number): number {
  const { initialMetadata, terminalMetadata } = ticket;
  if (initialMetadata === undefined && terminalMetadata === undefined) return 0;
  const start = out.length;
  let count = 0;
  if (initialMetadata !== undefined) {
    out.byte(FieldKey.INITIAL_METADATA);
    writeMetadata(out, initialMetadata);
    count += 1;
  }
  if (terminalMetadata !== undefined) {
    out.byte(FieldKey.TERMINAL_METADATA);
    writeMetadata(out, terminalMetadata);
    count += 1;
  }
  // The keys of the fields, one byte each, are not metadata.
  const bytes = out.length - start - count;
  if (bytes > maxMetadataBytes) {
    throw new RangeError(`metadata of ${bytes} bytes is above ${maxMetadataBytes} (maxMetadataBytes)`);
  }
  return count;
}

function writeEnding(out: ItemWriter, ticket: Ticket, limits: WireLimits): number {
  const { code, message, termination, methodKind, neverStarted } = ticket;
  let count = 0;
  if (code !== undefined) count += writeField(out, FieldKey.CODE, code, limits);
  if (message !== undefined) count += writeField(out, FieldKey.MESSAGE, message, limits);
  if (termination !== undefined) count += writeMember(out, FieldKey.TERMINATION, TERMINATIONS, termination);
  if (methodKind !== undefined) count += writeMember(out, FieldKey.METHOD_KIND, METHOD_KINDS, methodKind);
  if (neverStarted !== undefined) count += writeMember(out, FieldKey.NEVER_STARTED, NEVER_STARTED, neverStarted);
  return count;
}

function writeMember(out: ItemWriter, key: number, members: readonly unknown[], value: unknown): number {
  const number = members.indexOf(value);
  if (number < 0) throw new TypeError(`Cannot encode field ${key}: "${String(value)}" is no member of its enumeration`);
  out.byte(key);
  out.byte(number);
  return 1;
}
