import type { Ticket } from "../links/ticket.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";
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
 * Writes the entries of the map of fields, and returns how many there are. To ask for each field by its name in the source is
 * faster than by the name that a table has.
 */
function writeFields(out: ItemWriter, ticket: Ticket, limits: WireLimits): number {
  const write = (key: number, value: unknown): 0 | 1 => value === undefined ? 0 : writeField(out, key, value, limits);
  let count = write(1, ticket.group) + write(2, ticket.method) + write(3, ticket.subscription) +
    write(4, ticket.timeout) +
    write(5, ticket.allowance);
  const start = out.length;
  const withMetadata = write(6, ticket.initialMetadata) + write(7, ticket.terminalMetadata);
  const metadataBytes = out.length - start - withMetadata;
  if (metadataBytes > limits.maxMetadataBytes) {
    throw new RangeError(`metadata of ${metadataBytes} bytes is above ${limits.maxMetadataBytes} (maxMetadataBytes)`);
  }
  count += withMetadata + write(8, ticket.code) + write(9, ticket.message) + write(10, ticket.termination) +
    write(11, ticket.methodKind) + write(12, ticket.neverStarted);
  return count;
}

function writeField(out: ItemWriter, key: number, value: unknown, limits: WireLimits): 1 {
  const { what, form } = FIELDS[key]!;
  out.byte(key);
  form.write(out, value as never, what, limits); // the form is that of the ticket's field
  return 1;
}
