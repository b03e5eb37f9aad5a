import { decodeUnchecked } from "../src/cbor/codec.ts";
import { decodeValue, encodeValue } from "../src/cbor/mod.ts";
import type { Ticket } from "../src/links/mod.ts";
import { FrameWriter } from "../src/wire/mod.ts";
import { ItemReader } from "../src/wire/item_reader.ts";
import { Major } from "../src/wire/item_writer.ts";
import { TicketDecoder } from "../src/wire/ticket_decoder.ts";
import { DEFAULT_WIRE_LIMITS } from "../src/wire/wire_limits.ts";

/** One ordinary thing to decode, in both ways. */
export interface OrdinaryTicket {
  readonly name: string;
  /** Decodes it as the library does. */
  readonly strict: () => void;
  /** Decodes it the same way but for the profile. */
  readonly bare: () => void;
}

/** Reads values as they come: no check of what is in them, and no walk to find their ends. */
class BareReader extends ItemReader {
  override value(): unknown {
    const { bytes, offset } = this;
    const initial = bytes[offset]!;
    if ((initial & 0xe0) === Major.BYTES) return this.byteString("bytes");
    if ((initial & 0xe0) === Major.TEXT) return this.text("text");
    if (initial <= 0x1a) return super.value();
    // Anything else is the payload here, which stands last.
    return decodeUnchecked(this.rest());
  }
}

const OBJECT = {
  id: 4711,
  name: "Ada Lovelace",
  email: "ada@example.com",
  isActive: true,
  score: 0.75,
  tags: ["a", "b"],
};
const OPENING = {
  group: "demo.Greeter",
  method: "hello",
  subscription: "full",
  timeout: 5_000,
  initialMetadata: [["authorization", "Bearer 0123456789abcdef"], ["trace", "4bf92f3577b34da6a3ce929d0e0e4736"]],
  termination: "completion",
} as const;

/** The content of a ticket's frame; all of them here have heads of two bytes. */
function contentOf(ticket: Partial<Ticket>): Uint8Array {
  const writer = new FrameWriter();
  writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, ...ticket });
  return writer.take()!.subarray(2);
}

function ticketCase(name: string, ticket: Partial<Ticket>): OrdinaryTicket {
  const content = contentOf(ticket);
  return {
    name,
    strict: ticketReading(new ItemReader(DEFAULT_WIRE_LIMITS), content),
    bare: ticketReading(new BareReader(DEFAULT_WIRE_LIMITS), content),
  };
}

/** What `FrameReader` does for each frame. */
function ticketReading(reader: ItemReader, content: Uint8Array): () => void {
  const decoder = new TicketDecoder(false);
  return () => {
    reader.reset(content, 0, content.length);
    const count = reader.head(Major.ARRAY, "the array of an item");
    reader.integer("an operation");
    decoder.decode(reader, count);
  };
}

function messageCase(name: string, message: unknown): OrdinaryTicket {
  const bytes = encodeValue(message);
  return {
    name,
    strict: () => void decodeValue(bytes),
    // A view of its own, as the library makes: cbor-x adds a property to what it is given.
    bare: () => void decodeUnchecked(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
}

/** What travels in ordinary calls. */
export const ORDINARY_TICKETS: readonly OrdinaryTicket[] = [
  ticketCase("a ticket with a payload of 100 bytes", { payload: new Uint8Array(100).fill(7) }),
  ticketCase("a ticket with a small object as payload", { payload: OBJECT }),
  ticketCase("a first ticket with metadata and 100 bytes", { ...OPENING, payload: new Uint8Array(100).fill(7) }),
  ticketCase("a first ticket with metadata and a small object", { ...OPENING, payload: OBJECT }),
  messageCase("the message of a call, a small object", OBJECT),
  messageCase("the message of a call, ten small objects", Array.from({ length: 10 }, () => OBJECT)),
  messageCase("the message of a call, a text of 100 characters", "x".repeat(100)),
];
