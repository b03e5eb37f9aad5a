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
  // The number of entries is known when they are written. It is below 24, as all keys and members are, so one byte will do.
  out.byte(Major.MAP);
  const count = writeFields(out, sequence, ticket, limits);
  out.bytes[mapAt] = Major.MAP | count;
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
