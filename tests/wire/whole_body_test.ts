import { assertEquals, assertThrows } from "@std/assert";
import { type Hello, WholeBodyReader, WholeBodyWriter, WireError, wireLimits } from "../../src/wire/mod.ts";
import type { Ticket } from "../../src/links/ticket.ts";
import { encode } from "../http/frame_feed.ts";

function write(
  writer: WholeBodyWriter,
  operation: number,
  tickets: readonly Ticket[],
  { attempt, maxFrameBytes }: { readonly attempt?: Uint8Array; readonly maxFrameBytes?: number } = {},
): Uint8Array {
  writer.begin(attempt, maxFrameBytes);
  for (const ticket of tickets) writer.add(operation, ticket);
  return writer.finish();
}

const HELLO: Hello = { kind: "hello", versions: [1], exchange: "single", attempt: new Uint8Array(4) };
const TICKET = {
  operation: 1,
  group: "g",
  method: "m",
  payload: Uint8Array.of(7, 8),
  termination: "completion",
} as const;
const ATTEMPT = Uint8Array.of(1, 2, 3, 4);

Deno.test("WholeBodyReader reads a hello, one ticket and an end", () => {
  const body = new WholeBodyReader().read(encode({ ...HELLO, attempt: ATTEMPT }, TICKET, { kind: "end" }));
  assertEquals([body?.hello.exchange, body?.hello.attempt, body?.operation], ["single", ATTEMPT, 1]);
  assertEquals([body?.sequence, body?.payload], [undefined, TICKET.payload]);
  assertEquals([body?.fields?.group, body?.fields?.method, body?.fields?.termination], ["g", "m", "completion"]);
});

Deno.test("WholeBodyReader reads nothing of a body of another form, and the next one all the same", () => {
  const reader = new WholeBodyReader({ maxFrameBytes: 100 });
  const good = encode(HELLO, TICKET, { kind: "end" });
  const others = [
    new Uint8Array(),
    encode({ kind: "end" }),
    encode(HELLO, { kind: "end" }),
    encode(TICKET, { kind: "end" }),
    encode(TICKET, TICKET, { kind: "end" }),
    encode(HELLO, TICKET, TICKET, { kind: "end" }),
    encode(HELLO, { kind: "ping", value: 1 }, { kind: "end" }),
    encode({ kind: "ping", value: 1 }, TICKET, { kind: "end" }),
    encode(HELLO, TICKET, { kind: "end", code: "internal" }),
    encode(HELLO, { ...TICKET, payload: new Uint8Array(100) }, { kind: "end" }),
    Uint8Array.of(...good, 0x40),
    Uint8Array.of(0x40, ...good),
    ...Array.from(good, (_, length) => good.subarray(0, length)),
  ];
  for (const body of others) assertEquals(reader.read(body), undefined);
  assertEquals(reader.read(good)?.operation, 1);
});

Deno.test("WholeBodyReader reads hellos that are nearly the same", () => {
  const reader = new WholeBodyReader();
  const hellos: readonly Hello[] = [
    HELLO,
    { ...HELLO, attempt: ATTEMPT },
    { ...HELLO, attempt: Uint8Array.of(9, 9, 9, 9) },
    { ...HELLO, attempt: Uint8Array.of(9, 9, 9) },
    { kind: "hello", versions: [1], exchange: "single" },
    { kind: "hello", versions: [1], exchange: "single" },
    { ...HELLO, maxFrameBytes: 2_000, attempt: ATTEMPT },
    { ...HELLO, maxFrameBytes: 2_001, attempt: ATTEMPT },
    { ...HELLO, attempt: Uint8Array.of(9) },
    { ...HELLO, attempt: Uint8Array.of(9), windowBytes: 9 },
    { ...HELLO, attempt: Uint8Array.of(9), windowBytes: 8 },
    { ...HELLO, attempt: new Uint8Array(24).fill(1) },
    { ...HELLO, attempt: new Uint8Array(24).fill(2) },
  ];
  for (const hello of hellos) assertEquals(reader.read(encode(hello, TICKET, { kind: "end" }))?.hello, hello);
});

Deno.test("WholeBodyReader takes no change of a byte for the same body", () => {
  const reader = new WholeBodyReader();
  const good = encode(HELLO, TICKET, { kind: "end" });
  for (let at = 0; at < good.length; at++) {
    const changed = good.slice();
    changed[at]! ^= 0x55;
    // It reads something else, or nothing; it never throws.
    reader.read(changed);
  }
});

Deno.test("WholeBodyWriter writes what others write, with the attempt that it is given", () => {
  const writer = new WholeBodyWriter(HELLO, wireLimits(undefined));
  for (const payload of ["a", new Uint8Array(100_000), Uint8Array.of(1)]) {
    const ticket = { ...TICKET, payload };
    assertEquals(
      write(writer, 1, [{ operationId: 9, sequenceNumber: 0, ...ticket }], { attempt: ATTEMPT }),
      encode({ ...HELLO, attempt: ATTEMPT }, ticket, { kind: "end" }),
    );
  }
});

Deno.test("WholeBodyWriter names the numbers that are not implied", () => {
  const writer = new WholeBodyWriter({ kind: "hello", versions: [1] }, wireLimits(undefined));
  const tickets = [0, 2, 3].map((sequenceNumber) => ({ operationId: 9, sequenceNumber, payload: sequenceNumber }));
  assertEquals(
    write(writer, 3, tickets),
    encode(
      { kind: "hello", versions: [1] },
      { operation: 3, payload: 0 },
      { operation: 3, sequence: 2, payload: 2 },
      { operation: 3, payload: 3 },
      { kind: "end" },
    ),
  );
});

Deno.test("WholeBodyWriter writes nothing of what cannot be encoded or is too long, and the next one all the same", () => {
  const writer = new WholeBodyWriter(HELLO, wireLimits(undefined));
  const ticket = { operationId: 9, sequenceNumber: 0, ...TICKET };
  assertThrows(() => write(writer, 1, [{ ...ticket, payload: () => {} }], { attempt: ATTEMPT }), WireError);
  const large = { ...ticket, payload: new Uint8Array(2_000) };
  assertThrows(() => write(writer, 1, [large], { attempt: ATTEMPT, maxFrameBytes: 1_024 }), WireError, "maxFrameBytes");
  assertEquals(
    write(writer, 1, [ticket], { attempt: ATTEMPT }),
    encode({ ...HELLO, attempt: ATTEMPT }, TICKET, { kind: "end" }),
  );
});

Deno.test("P6.5 WholeBodyWriter writes 4 MiB to a peer that has not said what it accepts, and what this side does if that is more", () => {
  for (const [maxFrameBytes, most] of [[2_000, 4_194_304], [5_000_000, 5_000_000]] as const) {
    const writer = new WholeBodyWriter(HELLO, wireLimits({ maxFrameBytes }));
    const ticketOf = (bytes: number) => ({ operationId: 9, sequenceNumber: 0, payload: new Uint8Array(bytes) });
    write(writer, 1, [ticketOf(most - 100)], { attempt: ATTEMPT });
    assertThrows(() => write(writer, 1, [ticketOf(most)], { attempt: ATTEMPT }), WireError, "maxFrameBytes");
  }
});
