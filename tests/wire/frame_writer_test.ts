import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Code, type Ticket } from "../../src/links/mod.ts";
import { CausedMessage } from "../../src/links/thrown.ts";
import { copyBytes } from "../../src/cbor/copy_bytes.ts";
import { EncodedPayload, FrameWriter, WireError } from "../../src/wire/mod.ts";
import { below, randomText, randomValue, seededRandom } from "../cbor/random_value.ts";
import { fromHex, toHex } from "../vectors/vectors.ts";
import { compact, readAll } from "./recorder.ts";

const ids = { operationId: 0, sequenceNumber: 0 };

/** A ticket that must not be written, which leaves the writer as it was. */
function refuses(ticket: Partial<Ticket>, message: string, code: Code): void {
  const writer = new FrameWriter({ maxFrameBytes: 200 });
  writer.writeControl({ kind: "ping", value: 1 });
  const before = writer.byteLength;
  const error = assertThrows(() => writer.writeTicket(7, undefined, { ...ids, ...ticket }), WireError, message);
  assertEquals([error.code, error.scope], [code, "operation"]);
  assert(error.message.startsWith("Cannot write a ticket of operation 7: "));
  assertEquals(writer.byteLength, before);
  writer.writeTicket(7, undefined, { ...ids, payload: 1 });
  assertEquals(readAll(writer.take()!).items.length, 2);
}

Deno.test("FrameWriter hands over everything that waits as one chunk", () => {
  const writer = new FrameWriter();
  assertEquals([writer.take(), writer.byteLength], [undefined, 0]);
  writer.writeTicket(1, undefined, { ...ids, payload: Uint8Array.of(1) });
  writer.writeControl({ kind: "end" });
  assertEquals(writer.byteLength, 9);
  assertEquals(toHex(writer.take()!), "44820141014382" + "24a0");
  assertEquals([writer.take(), writer.byteLength], [undefined, 0]);
});

Deno.test("FrameWriter never touches a chunk that it has handed over", () => {
  const writer = new FrameWriter();
  const random = seededRandom(3);
  const chunks: { chunk: Uint8Array; copy: Uint8Array }[] = [];
  for (let i = 0; i < 200; i++) {
    const count = 1 + below(random, 5);
    for (let j = 0; j < count; j++) {
      const payload = new Uint8Array(below(random, 2) === 0 ? 10 : below(random, 6000)).fill(i);
      writer.writeTicket(1, undefined, { ...ids, payload });
    }
    const chunk = writer.take()!;
    chunks.push({ chunk, copy: chunk.slice() });
  }
  for (const { chunk, copy } of chunks) assertEquals(chunk, copy);
  assertEquals(new Set(chunks.map(({ chunk }) => chunk.buffer)).size, chunks.length);
});

Deno.test("FrameWriter lets a chunk be transferred", () => {
  const writer = new FrameWriter();
  for (const size of [10, 3000, 10]) {
    writer.writeTicket(1, undefined, { ...ids, payload: new Uint8Array(size) });
    const chunk = writer.take()!;
    structuredClone(chunk, { transfer: [chunk.buffer] });
    assertEquals(chunk.length, 0);
  }
});

Deno.test("FrameWriter keeps no large buffer for small chunks", () => {
  const writer = new FrameWriter();
  writer.writeTicket(1, undefined, { ...ids, payload: new Uint8Array(1_000_000) });
  writer.take();
  for (let i = 0; i < 12; i++) {
    writer.writeTicket(1, undefined, { ...ids, payload: 1 });
    const chunk = writer.take()!;
    assert(chunk.buffer.byteLength <= 4 * chunk.length, `${chunk.buffer.byteLength} bytes for ${chunk.length}`);
  }
});

Deno.test("FrameWriter writes frames of every length with the shortest head", () => {
  const sizes = [...Array(300).keys(), ...[65_520, 65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 65_536, 100_000]];
  for (const size of sizes) {
    for (const fields of [{}, { allowance: 3 }, { message: "x".repeat(30) }]) {
      const writer = new FrameWriter();
      const payload = new Uint8Array(size).fill(0xab);
      writer.writeTicket(9, undefined, { ...ids, ...fields, payload });
      writer.writeTicket(9, undefined, { ...ids, ...fields, payload: "x".repeat(size) });
      const { items } = readAll(writer.take()!);
      const rest = Object.keys(fields).length > 0 ? { fields } : {};
      assertEquals(items, [
        { ticket: { operation: 9, ...rest, payload } },
        { ticket: { operation: 9, ...rest, payload: "x".repeat(size) } },
      ]);
    }
  }
});

Deno.test("FrameWriter writes tickets at random and FrameReader reads them as they were", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed);
    const maybe = (make: () => unknown) => random() < 0.4 ? make() : undefined;
    const metadata = () =>
      Array.from({ length: below(random, 4) }, () => [randomText(random), maybe(() => Uint8Array.of(1)) ?? "v"]);
    const fields = compact({
      group: maybe(() => randomText(random)),
      method: maybe(() => randomText(random)),
      timeout: maybe(() => random() * 1e6),
      allowance: maybe(() => 1 + below(random, 2 ** 40)),
      initialMetadata: maybe(metadata),
      terminalMetadata: maybe(metadata),
      code: maybe(() => randomValue(random, 2)),
      message: maybe(() => randomValue(random, 2)),
    }) as Partial<Ticket>;
    const payload = maybe(() => randomValue(random));
    const sequence = random() < 0.5 ? undefined : below(random, 2 ** 45);
    const writer = new FrameWriter();
    writer.writeTicket(1 + below(random, 2 ** 40), sequence, { ...ids, ...fields, payload });
    const { items, errors } = readAll(writer.take()!, 1 + below(random, 50));
    assertEquals(errors, []);
    const ticket = items[0]!.ticket as Record<string, unknown>;
    const expected = compact({ sequence, fields: Object.keys(fields).length > 0 ? fields : undefined, payload });
    assertEquals({ ...ticket, operation: 0 }, { operation: 0, ...expected }, `seed ${seed}`);
  }
});

Deno.test("FrameWriter.writeTicket() writes nothing of a ticket that cannot be encoded", () => {
  refuses({ payload: () => 1 }, "Cannot encode the value: a function has no encoding", Code.INTERNAL);
  refuses({ payload: 1, code: Symbol("x") }, "a symbol has no encoding", Code.INTERNAL);
  refuses({ group: "a\ud800" }, "a string with a lone surrogate is not text", Code.INTERNAL);
  refuses(
    { initialMetadata: [["k", "\udc00".repeat(30)]] },
    "a string with a lone surrogate is not text",
    Code.INTERNAL,
  );
  refuses({ payload: [[[...Array(1)].map(() => deep(70))]] }, "nested deeper than 64 levels", Code.RESOURCE_EXHAUSTED);
});

Deno.test("FrameWriter.writeTicket() writes the text of a message that has a cause", () => {
  const writer = new FrameWriter();
  const message = new CausedMessage("Cannot make the headers", new Error("The keyring is locked"));
  writer.writeTicket(1, undefined, { ...ids, termination: "transmission failure", message });
  const fields = { termination: "transmission failure", message: "Cannot make the headers" };
  assertEquals(readAll(writer.take()!).items, [{ ticket: { operation: 1, fields } }]);
});

function deep(levels: number): unknown[] {
  return levels === 0 ? [] : [deep(levels - 1)];
}

Deno.test("FrameWriter.writeTicket() refuses what is no ticket by its type", () => {
  // What a link of someone else could hand over without a type checker.
  const untyped = (fields: Record<string, unknown>) => fields as Partial<Ticket>;
  refuses(
    untyped({ initialMetadata: [[1, "v"]] }),
    "Cannot encode the metadata: a key is of type number",
    Code.INTERNAL,
  );
  refuses(untyped({ terminalMetadata: [["k", 5]] }), 'the value of "k" is of type number', Code.INTERNAL);
  refuses(untyped({ termination: "ended" }), 'Cannot encode ticket.termination: "ended" is no member', Code.INTERNAL);
  refuses(untyped({ subscription: "some" }), 'Cannot encode ticket.subscription: "some" is no member', Code.INTERNAL);
});

Deno.test("P6.5 a frame above what the peer accepts is not sent", () => {
  const message = "a frame of 304 bytes is above 200, what the peer accepts (maxFrameBytes)";
  refuses({ payload: new Uint8Array(299) }, message, Code.RESOURCE_EXHAUSTED);
  refuses({ payload: "x".repeat(299) }, "what the peer accepts (maxFrameBytes)", Code.RESOURCE_EXHAUSTED);
  refuses({ message: "x".repeat(299) }, "what the peer accepts (maxFrameBytes)", Code.RESOURCE_EXHAUSTED);
  const writer = new FrameWriter({ maxFrameBytes: 200 });
  const ticket = { ...ids, payload: new Uint8Array(196) };
  writer.writeTicket(1, undefined, ticket);
  assertEquals(writer.take()!.length, 202);
  writer.maxFrameBytes = 199;
  assertEquals(writer.maxFrameBytes, 199);
  assertThrows(() => writer.writeTicket(1, undefined, ticket), WireError, "a frame of 200 bytes is above 199");
  const error = assertThrows(() => writer.writeControl({ kind: "end", message: "x".repeat(200) }), WireError);
  assertEquals([error.code, error.scope, writer.byteLength], [Code.RESOURCE_EXHAUSTED, "exchange", 0]);
  assertThrows(() => writer.maxFrameBytes = 0, RangeError, '"maxFrameBytes"');
});

Deno.test("P5.7 metadata above the limit is not sent", () => {
  const writer = new FrameWriter({ maxMetadataBytes: 10 });
  const ticket = { ...ids, initialMetadata: [["k", "x".repeat(7)]] as const };
  const error = assertThrows(() => writer.writeTicket(1, undefined, ticket), WireError, "above 10 (maxMetadataBytes)");
  assertEquals([error.code, error.scope, writer.byteLength], [Code.RESOURCE_EXHAUSTED, "operation", 0]);
  assertInstanceOf(error.cause, RangeError);
});

Deno.test("P6.9 nothing is written after the end item", () => {
  const writer = new FrameWriter();
  writer.writeControl({ kind: "end" });
  const error = assertThrows(() => writer.writeTicket(1, undefined, { ...ids, payload: 1 }), WireError);
  assertEquals(error.message, "Cannot write a frame: the end item is written");
  assertEquals(error.scope, "exchange");
  assertThrows(() => writer.writeControl({ kind: "end" }), WireError, "the end item is written");
  assertEquals(toHex(writer.take()!), "438224a0");
});

Deno.test("FrameWriter writes an encoded payload as it is", () => {
  const writer = new FrameWriter();
  const payload = new EncodedPayload(fromHex("a16161c24101"));
  writer.writeTicket(1, undefined, { ...ids, payload });
  const chunk = writer.take()!;
  assertEquals(toHex(chunk), "488201" + "a16161c24101");
  assertEquals(readAll(chunk).items, [{ ticket: { operation: 1, payload: { a: 1n } } }]);
});

Deno.test("FrameWriter copies a payload of bytes, so that its owner may change it", () => {
  const writer = new FrameWriter();
  const payload = new Uint8Array(5000).fill(1);
  writer.writeTicket(1, undefined, { ...ids, payload });
  payload.fill(2);
  const chunk = writer.take()!;
  assertNotStrictEquals(chunk.buffer, payload.buffer);
  assertEquals(readAll(chunk).items, [{ ticket: { operation: 1, payload: new Uint8Array(5000).fill(1) } }]);
});

Deno.test("FrameWriter copies a large payload once", () => {
  const original = Uint8Array.prototype.set;
  let copied = 0;
  Uint8Array.prototype.set = function (source: ArrayLike<number>, offset?: number): void {
    copied += source.length;
    original.call(this, source, offset);
  };
  const writer = new FrameWriter();
  const payload = new Uint8Array(1_000_000);
  try {
    writer.writeTicket(1, undefined, { ...ids, payload, code: "x".repeat(100) });
    writer.take();
  } finally {
    Uint8Array.prototype.set = original;
  }
  assert(copied < 1_001_000, `${copied} bytes copied`);
});

Deno.test("FrameWriter makes a chunk of a large copy where it lies, between what was written before and after", () => {
  const content = new Uint8Array(70_000).map((_, i) => i);
  for (const fields of [{}, { allowance: 3 }, { message: "x".repeat(200) }]) {
    const writer = new FrameWriter();
    const payload = copyBytes(content);
    writer.writeTicket(1, undefined, { ...ids, payload: 1 });
    writer.writeTicket(2, undefined, { ...ids, ...fields, payload });
    writer.writeTicket(2, undefined, { ...ids, ...fields, payload });
    writer.writeTicket(3, undefined, { ...ids, payload: 3 });
    const { byteLength } = writer;
    const chunks = [...iterate(() => writer.takeNext())];
    assertEquals([chunks.reduce((sum, { length }) => sum + length, 0), writer.byteLength], [byteLength, 0]);
    // An envelope that is too long for the room goes the way of all others.
    assertEquals(chunks[1]?.buffer === payload.buffer, fields.message === undefined);
    const large = {
      ticket: { operation: 2, ...(fields.message || fields.allowance ? { fields } : {}), payload: content },
    };
    const expected = [{ ticket: { operation: 1, payload: 1 } }, large, large, { ticket: { operation: 3, payload: 3 } }];
    assertEquals(readAll(join(chunks)).items, expected);
  }
});

Deno.test("FrameWriter.take() joins what takeNext() would hand over piece by piece, and drop() drops all", () => {
  const write = (writer: FrameWriter) => {
    for (const length of [1, 20_000, 30_000, 2]) {
      writer.writeTicket(1, undefined, { ...ids, payload: copyBytes(new Uint8Array(length).fill(length)) });
    }
    return writer;
  };
  const one = write(new FrameWriter());
  const pieces = write(new FrameWriter());
  assertEquals(one.take(), join([...iterate(() => pieces.takeNext())]));
  assertEquals([one.byteLength, one.take()], [0, undefined]);
  const dropped = write(new FrameWriter());
  dropped.drop();
  assertEquals([dropped.byteLength, dropped.take()], [0, undefined]);
  dropped.writeTicket(1, undefined, { ...ids, payload: 1 });
  assertEquals(toHex(dropped.take()!), "43820101");
});

function* iterate<T>(next: () => T | undefined): Generator<T> {
  for (let item = next(); item !== undefined; item = next()) yield item;
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

Deno.test("WireError has a cause for logs only where there is one", () => {
  const bare = new WireError("Cannot read a frame", { code: Code.INTERNAL, scope: "exchange" });
  assertStrictEquals("cause" in bare, false);
  assertEquals(bare.name, "WireError");
});
