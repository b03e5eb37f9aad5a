import type { Ticket } from "../links/ticket.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
import { FIELDS, SEQUENCE_KEY } from "./ticket_layout.ts";
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
  const start = out.length;
  out.byte(Major.ARRAY | 3);
  out.integer(operation);
  const mapAt = out.length;
  // The number of entries is known when they are written. It is below 24, as all keys and members are, so one byte will do.
  out.byte(Major.MAP);
  if (sequence !== undefined) {
    out.byte(SEQUENCE_KEY);
    out.integer(sequence);
  }
  const count = writeFields(out, ticket, limits) + (sequence === undefined ? 0 : 1);
  if (count > 0 || ticket.payload === undefined) out.bytes[mapAt] = Major.MAP | count;
  else {
    out.bytes[start] = Major.ARRAY | 2;
    out.length = mapAt;
  }
}

/**
 * Writes the entries of the map of fields by their keys, and returns how many there are. To ask for each field by its name in
 * the source is faster than by the name that a table has.
 */
function writeFields(out: ItemWriter, ticket: Ticket, limits: WireLimits): number {
  let count = write(out, limits, 1, ticket.group) + write(out, limits, 2, ticket.method) +
    write(out, limits, 3, ticket.subscription) + write(out, limits, 4, ticket.timeout) +
    write(out, limits, 5, ticket.allowance);
  const start = out.length;
  const withMetadata = write(out, limits, 6, ticket.initialMetadata) + write(out, limits, 7, ticket.terminalMetadata);
  const metadataBytes = out.length - start - withMetadata;
  if (metadataBytes > limits.maxMetadataBytes) {
    throw new RangeError(`metadata of ${metadataBytes} bytes is above ${limits.maxMetadataBytes} (maxMetadataBytes)`);
  }
  count += withMetadata + write(out, limits, 8, ticket.code) + write(out, limits, 9, ticket.message) +
    write(out, limits, 10, ticket.termination) + write(out, limits, 11, ticket.methodKind) +
    write(out, limits, 12, ticket.neverStarted);
  return count;
}

/** Writes a field, unless it is absent, and returns how many that are. */
function write(out: ItemWriter, limits: WireLimits, key: number, value: unknown): 0 | 1 {
  if (value === undefined) return 0;
  const { what, form } = FIELDS[key]!;
  out.byte(key);
  form.write(out, value as never, what, limits); // the form is that of the ticket's field
  return 1;
}
