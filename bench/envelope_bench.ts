/**
 * The two ways in which the fields of a ticket could stand on the wire: in a map with integer keys, as they do
 * (PROTOCOL.md §5), or in an array by position with `null` for what is absent, the end left off.
 *
 * ```sh
 * deno run -A bench/envelope_bench.ts
 * ```
 *
 * Both are written and read by the same {@linkcode ItemWriter} and {@linkcode ItemReader}, in turns within one run; what
 * counts is the ratio of array to map. Positions stand in the order that leaves the fewest gaps in ordinary tickets.
 *
 * @module
 */
import { writeValue } from "../src/cbor/encode.ts";
import { type Ratio, ratioOf } from "./timing.ts";
import type { Ticket } from "../src/links/mod.ts";
import { ItemReader } from "../src/wire/item_reader.ts";
import { ItemWriter, Major, UNDEFINED_BYTE } from "../src/cbor/item_writer.ts";
import { METADATA } from "../src/wire/metadata.ts";
import { readTicket } from "../src/wire/ticket_reader.ts";
import { writeEnvelope } from "../src/wire/ticket_writer.ts";
import type { TicketFields } from "../src/wire/ticket_fields.ts";
import { SUBSCRIPTIONS, TERMINATIONS } from "../src/wire/ticket_layout.ts";
import { DEFAULT_WIRE_LIMITS } from "../src/wire/wire_limits.ts";

const SIMPLE = 0xe0;
const NULL = 0xf6;
const PAYLOAD = new Uint8Array(100).fill(7);
const OPENING = { group: "demo.Greeter", method: "hello", subscription: "full", timeout: 5_000 } as const;

/** What ordinary calls say. */
const TICKETS: Readonly<Record<string, Partial<Ticket>>> = {
  "a unary call": { ...OPENING, payload: PAYLOAD, termination: "completion" },
  "a unary call with metadata": {
    ...OPENING,
    initialMetadata: [["authorization", "Bearer 0123456789abcdef"]],
    payload: PAYLOAD,
    termination: "completion",
  },
  "its answer": { payload: PAYLOAD, termination: "completion" },
  "a message of a stream": { payload: PAYLOAD },
  "a grant": { allowance: 512 },
  "a failure": { termination: "remote failure", code: "not_found", message: "There is no coffee here" },
};

/** How many positions are needed: up to the last field that is there. */
function positionsOf(ticket: Ticket): number {
  if (ticket.message !== undefined) return 9;
  if (ticket.code !== undefined) return 8;
  if (ticket.initialMetadata !== undefined) return 7;
  if (ticket.timeout !== undefined) return 6;
  if (ticket.subscription !== undefined) return 5;
  if (ticket.method !== undefined) return 4;
  if (ticket.group !== undefined) return 3;
  if (ticket.allowance !== undefined) return 2;
  return ticket.termination === undefined ? 0 : 1;
}

function writeAbsent(out: ItemWriter): void {
  out.head(SIMPLE, NULL & 0x1f);
}

function writeAny(out: ItemWriter, value: unknown): void {
  if (value === undefined) writeAbsent(out);
  else writeValue(out, value, DEFAULT_WIRE_LIMITS);
}

function writeMember(out: ItemWriter, members: readonly unknown[], value: unknown): void {
  if (value === undefined) writeAbsent(out);
  else out.integer(members.indexOf(value));
}

/** As {@linkcode writeEnvelope}, with an array. */
function writeArray(out: ItemWriter, operation: number, ticket: Ticket): void {
  const count = positionsOf(ticket);
  out.head(Major.ARRAY, count === 0 ? 2 : 3);
  out.integer(operation);
  if (count === 0) return;
  out.head(Major.ARRAY, count);
  writeMember(out, TERMINATIONS, ticket.termination);
  if (count > 1) writeAny(out, ticket.allowance);
  if (count > 2) writeAny(out, ticket.group);
  if (count > 3) writeAny(out, ticket.method);
  if (count > 4) writeMember(out, SUBSCRIPTIONS, ticket.subscription);
  if (count > 5) writeAny(out, ticket.timeout);
  if (count > 6 && ticket.initialMetadata !== undefined) {
    METADATA.write(out, ticket.initialMetadata, "metadata", DEFAULT_WIRE_LIMITS);
  } else if (count > 6) writeAbsent(out);
  if (count > 7) writeAny(out, ticket.code);
  if (count > 8) writeAny(out, ticket.message);
}

/** As the decoder of tickets, with an array. */
class ArrayDecoder {
  fields: TicketFields | undefined;
  payload: unknown;

  decode(reader: ItemReader, count: number): void {
    this.fields = count === 3 ? this.#readFields(reader) : undefined;
    this.payload = reader.skipUndefined() ? undefined : reader.value();
    reader.finish();
  }

  #readFields(reader: ItemReader): TicketFields {
    const count = reader.head(Major.ARRAY, "the fields of a ticket");
    const has = (position: number): boolean => {
      if (position >= count) return false;
      if (reader.bytes[reader.offset] !== NULL) return true;
      reader.offset += 1;
      return false;
    };
    const termination = has(0) ? TERMINATIONS[reader.head(Major.UNSIGNED, "the termination")] : undefined;
    const allowance = has(1) ? reader.value() : undefined;
    const group = has(2) ? reader.name() : undefined;
    const method = has(3) ? reader.name() : undefined;
    const subscription = has(4) ? SUBSCRIPTIONS[reader.head(Major.UNSIGNED, "the subscription")] : undefined;
    const timeout = has(5) ? reader.value() : undefined;
    const initialMetadata = has(6) ? METADATA.read(reader, "metadata") : undefined;
    const code = has(7) ? reader.name() : undefined;
    const message = has(8) ? reader.value() : undefined;
    const terminalMetadata = undefined;
    return {
      group,
      method,
      methodKind: undefined,
      subscription,
      timeout,
      allowance,
      initialMetadata,
      terminalMetadata,
      code,
      message,
      termination,
      neverStarted: undefined,
      unsupported: undefined,
    };
  }
}

/** Writes a ticket's item over the one before it. */
function writing(
  ticket: Ticket,
  write: (out: ItemWriter, ticket: Ticket) => void,
): { out: ItemWriter; action: () => void } {
  const out = new ItemWriter();
  const payload = ticket.payload as Uint8Array | undefined; // bytes, in all tickets here
  const action = () => {
    out.length = 0;
    write(out, ticket);
    if (payload === undefined) out.head(SIMPLE, UNDEFINED_BYTE & 0x1f);
    else out.byteString(payload);
  };
  action();
  return { out, action };
}

/** Reads an item again and again. */
function reading(out: ItemWriter, read: (reader: ItemReader, count: number) => unknown): () => void {
  const reader = new ItemReader(DEFAULT_WIRE_LIMITS);
  const content = out.bytes.slice(0, out.length);
  return () => {
    reader.reset(content, 0, content.length);
    const count = reader.head(Major.ARRAY, "the array of an item");
    reader.integer("an operation");
    return read(reader, count);
  };
}

function format({ median, low, high, baseNs }: Ratio): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}), ${baseNs.toFixed(0)} ns`;
}

console.log("array over map, medians and the middle half, and what the map takes; bytes of the whole item\n");
console.log("| ticket | map, bytes | array, bytes | writing | reading |");
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const [name, parts] of Object.entries(TICKETS)) {
  const ticket: Ticket = { operationId: 0, sequenceNumber: 0, ...parts };
  const map = writing(ticket, (out) => writeEnvelope(out, 1, undefined, ticket, DEFAULT_WIRE_LIMITS));
  const array = writing(ticket, (out) => writeArray(out, 1, ticket));
  const mapReading = reading(map.out, (reader, count) => readTicket(reader, count, false));
  const arrayReading = reading(array.out, (reader, count) => new ArrayDecoder().decode(reader, count));
  const write = ratioOf(array.action, map.action);
  const read = ratioOf(arrayReading, mapReading);
  console.log(`| ${name} | ${map.out.length} | ${array.out.length} | ${format(write)} | ${format(read)} |`);
}
