import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { Code } from "../../src/links/mod.ts";
import { encodeValue } from "../../src/cbor/encode.ts";
import { CborError, EncodedPayload, FrameReader, FrameWriter, WireError } from "../../src/wire/mod.ts";
import { below, seededRandom } from "../cbor/random_value.ts";
import { fromHex } from "../vectors/vectors.ts";
import { countCopiedBytes, roomsMade } from "./buffer_work.ts";
import { frame, readAll, Recorder } from "./recorder.ts";

/** A body with every kind of frame, heads of one to five bytes among them. */
function sampleBody(): Uint8Array {
  const writer = new FrameWriter();
  writer.writeControl({ kind: "hello", versions: [1], exchange: "duplex", maxFrameBytes: 4_194_304 });
  const opening = { group: "demo.Greeter", method: "hello", subscription: "full" as const, timeout: 5000 };
  writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, ...opening, payload: { a: [1, "x"] } });
  writer.writeTicket(1, 9, { operationId: 0, sequenceNumber: 9, payload: new Uint8Array(300).fill(7) });
  writer.writeTicket(70_000, undefined, { operationId: 0, sequenceNumber: 0, payload: new Uint8Array(70_000).fill(8) });
  writer.writeControl({ kind: "ping", value: 3 });
  writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, allowance: 3, code: null });
  writer.writeControl({ kind: "end" });
  return writer.take()!;
}

/** A body that must fail as a whole. */
function fails(hex: string, message: string, code: Code = Code.INTERNAL): void {
  const error = assertThrows(() => readAll(fromHex(hex)), WireError);
  assertStringIncludes(error.message, message);
  assertEquals([error.code, error.scope], [code, "exchange"]);
}

Deno.test("P3.1 a body is nothing but byte strings of definite length", () => {
  fails("8201 4101", "Cannot read a frame: expected a byte string of definite length, got a byte 0x82");
  fails("5f 44 82014101 ff", "got a byte 0x5f");
  fails("3c68746d6c3e", "got a byte 0x3c");
  fails("44 82014101 f6", "got a byte 0xf6");
  for (let initial = 0; initial < 256; initial++) {
    const isFrame = initial >= 0x40 && initial <= 0x5b;
    const reader = new FrameReader(new Recorder());
    if (!isFrame) assertThrows(() => reader.push(Uint8Array.of(initial)), WireError);
    else if (initial > 0x40) reader.push(Uint8Array.of(initial));
  }
});

Deno.test("P3.2 the head of a frame is the shortest", () => {
  fails("5804 82014101", "the head of a frame of 4 bytes is not the shortest");
  fails("590004 82014101", "is not the shortest");
  fails("5a00000004 82014101", "is not the shortest");
  fails("5b0000000000000004 82014101", "is not the shortest");
  fails("5817", "the head of a frame of 23 bytes is not the shortest");
  fails("5900ff", "the head of a frame of 255 bytes is not the shortest");
  fails("5a0000ffff", "the head of a frame of 65535 bytes is not the shortest");
});

Deno.test("P3.3 a frame holds exactly one array that begins with an integer other than 0", () => {
  fails("40", "Cannot read a frame: it is empty");
  fails("41 f6", "expected the array of an item, got an item of type 7");
  fails("41 80", "the frame ends where an operation or the type of a control item is expected");
  fails("43 820001", "at byte 1 of the frame, 0 is neither an operation nor the type of a control item");
  fails("44 82614101", "expected an operation or the type of a control item, got an item of type 3");
  fails("44 8224a000", "Cannot read a control item: at byte 3 of the frame, 1 bytes follow the item");
});

Deno.test("P3.4 a frame above the limit is refused as soon as its head is there", () => {
  for (const head of ["5affffffff", "5bffffffffffffffff", "5a00400001", "5b0000000100000000"]) {
    const recorder = new Recorder();
    const reader = new FrameReader(recorder);
    const bytes = fromHex(head);
    reader.push(bytes.subarray(0, bytes.length - 1));
    assertLess(reader.partialBytes, 9);
    const error = assertThrows(() => reader.push(bytes.subarray(bytes.length - 1)), WireError, "(maxFrameBytes)");
    assertEquals([error.code, error.scope, reader.partialBytes], [Code.RESOURCE_EXHAUSTED, "exchange", 0]);
  }
});

Deno.test("P3.4 a frame of exactly the limit passes", () => {
  const content = new Uint8Array(1000);
  content.set(fromHex("82015903e3"));
  const bytes = frame(content);
  assertEquals(readAll(bytes, 100, { maxFrameBytes: 1000 }).items.length, 1);
  assertThrows(() => readAll(bytes, 100, { maxFrameBytes: 999 }), WireError, "declares 1000 bytes, allowed are 999");
});

Deno.test("P3.4, P10.1 nothing is held for what is only declared", () => {
  const reader = new FrameReader(new Recorder());
  const [head, some] = [fromHex("5a00400000"), new Uint8Array(100)];
  const rooms = roomsMade(() => {
    reader.push(head);
    reader.push(some);
  });
  assertEquals(reader.partialBytes, 105);
  assert(rooms.length > 0);
  assert(rooms.every((bytes) => bytes < 1000), `made room for ${rooms}`);
});

Deno.test("P3.5 every prefix of a body gives its whole frames and waits for the rest", () => {
  const body = sampleBody();
  const { items } = readAll(body);
  assertEquals(items.length, 7);
  const lengths = [...Array(1000).keys(), body.length - 2, body.length - 1, body.length];
  for (const length of lengths) {
    const prefix = readAll(body.slice(0, length));
    assertEquals(prefix.items, items.slice(0, prefix.items.length));
    assertEquals(prefix.reader.ended, length === body.length);
    const rest = new Recorder();
    const reader = new FrameReader(rest);
    reader.push(body.slice(0, length));
    reader.push(body.slice(length));
    assertEquals(rest.items, items);
    assertEquals(reader.partialBytes, 0);
  }
});

Deno.test("P3.5 a body gives the same however it is cut", () => {
  const body = sampleBody();
  const { items } = readAll(body);
  for (const size of [1, 2, 3, 5, 7, 64, 1000, 65_536]) {
    const { items: cut, reader } = readAll(body, size);
    assertEquals(cut, items, `chunks of ${size}`);
    assertEquals([reader.ended, reader.partialBytes], [true, 0]);
  }
});

Deno.test("P3.5 joining costs work linear in the bytes, also one byte at a time", () => {
  const payload = new Uint8Array(200_000).map((_, i) => i);
  const writer = new FrameWriter();
  writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, payload });
  const body = writer.take()!;
  for (const size of [1, 256, 10_000]) {
    const recorder = new Recorder();
    const reader = new FrameReader(recorder);
    const copied = countCopiedBytes(() => {
      for (let i = 0; i < body.length; i += size) reader.push(body.subarray(i, i + size));
    });
    assertEquals(recorder.items, [{ ticket: { operation: 1, payload } }]);
    assertLess(copied, 3 * body.length, `chunks of ${size}`);
  }
});

Deno.test("P3.5 frames that lie in one chunk are not copied", () => {
  const body = sampleBody();
  const recorder = new Recorder();
  assertEquals(countCopiedBytes(() => new FrameReader(recorder).push(body)), 0);
  const { payload } = recorder.items[2]!.ticket as { payload: Uint8Array };
  assertStrictEquals(payload.buffer, body.buffer);
});

Deno.test("P3.6 the heads of the envelope are the shortest", () => {
  fails("46 980201 4101 f6", "the head of the array of an item is not the shortest");
  fails("45 821801 4101", "the head of an operation or the type of a control item is not the shortest");
  fails("44 823804 a0", "the head of an operation or the type of a control item is not the shortest");
  fails("44 8224 b800", "the head of the content of end is not the shortest");
  fails("46 821900ff 4101", "is not the shortest");
  fails("48 821a0000ffff 4101", "is not the shortest");
  fails("4c 821b00000000ffffffff 4101", "is not the shortest");
  const operationScoped: [hex: string, what: string][] = [
    ["8301 b80105 01 f7", "the fields of a ticket"],
    ["8301 a1 1805 01 f7", "the key of a field"],
    ["8301 a1 00 1801 f7", "the sequence number"],
    ["8301 a1 03 1802 f7", "ticket.subscription"],
    ["8301 a1 06 9800 f7", "metadata"],
    ["8301 a1 06 82 7801 61 60 f7", "a metadata key"],
    ["8301 a1 06 82 6161 5800 f7", "a metadata value"],
    ["8301 a1 0a 1800 f7", "ticket.termination"],
  ];
  for (const [hex, what] of operationScoped) {
    assertEquals(readAll(frame(fromHex(hex))).errors.length, 1);
    assertStringIncludes(readAll(frame(fromHex(hex))).errors[0]!.message, `the head of ${what} is not the shortest`);
  }
});

Deno.test("P3.6 the heads of values need not be the shortest", () => {
  const { items } = readAll(frame(fromHex("8301 a3 01 7801 67 04 190005 05 1b0000000000000002 5801 ff")));
  const fields = { group: "g", timeout: 5, allowance: 2 };
  // An integer of eight bytes is one of the envelope only where it must be.
  assertEquals(items, [{ ticket: { operation: 1, fields, payload: Uint8Array.of(255) } }]);
});

Deno.test("P3.7 a ticket that is malformed concerns its operation alone", () => {
  const good = fromHex("44 82014101");
  const { items, errors } = readAll(Uint8Array.of(...good, ...frame(fromHex("830200f7")), ...good));
  assertEquals(items.map((item) => Object.keys(item)[0]), ["ticket", "badTicket", "ticket"]);
  assertEquals(items[1], { badTicket: { operation: 2, code: "internal" } });
  assertEquals(
    errors[0]!.message,
    "Cannot read a ticket of operation 2: at byte 2 of the frame, expected the fields of a ticket, got an item of type 0",
  );
});

Deno.test("P3.7 nothing is read beyond the end of a frame", () => {
  for (const [content, next] of [["8301a0", "f7"], ["8201", "01"], ["8301a101", "6161"], ["8301a10681", "6161"]]) {
    const recorder = new Recorder();
    const bytes = Uint8Array.of(...frame(fromHex(content!)), ...fromHex(next!));
    assertThrows(() => new FrameReader(recorder).push(bytes), WireError, "expected a byte string of definite length");
    assertEquals(recorder.items, [{ badTicket: { operation: 1, code: "internal" } }]);
  }
});

Deno.test("P3.7 a ticket above a limit names it and concerns its operation alone", () => {
  const bytes = frame(fromHex(`8205${"81".repeat(10)}80`));
  const { errors } = readAll(bytes, bytes.length, { maxDepth: 10 });
  assertEquals(errors[0]!.code, Code.RESOURCE_EXHAUSTED);
  assertStringIncludes(errors[0]!.message, "nested deeper than 10 levels (maxDepth)");
});

Deno.test("P3.7 the place of an error does not depend on the chunks", () => {
  const bytes = Uint8Array.of(...fromHex("44 82014101"), ...frame(fromHex("82016261ff")));
  const messages = [1, 3, 100].map((size) => readAll(bytes, size).errors[0]!.message);
  assertEquals(
    new Set(messages),
    new Set(["Cannot read a ticket of operation 1: at byte 4 of the frame, a text string is not valid UTF-8"]),
  );
});

Deno.test("P6.9 no frame follows the end item", () => {
  const end = fromHex("43 8224a0");
  const { reader, items } = readAll(end);
  assertEquals([reader.ended, items], [true, [{ control: { kind: "end" } }]]);
  reader.push(new Uint8Array(0));
  assertThrows(() => reader.push(Uint8Array.of(0x44)), WireError, "Cannot read a frame: it follows the end item");
  const error = assertThrows(() => readAll(Uint8Array.of(...end, ...end)), WireError, "it follows the end item");
  assertEquals([error.code, error.scope], [Code.INTERNAL, "exchange"]);
});

Deno.test("FrameReader keeps throwing the error that it failed of", () => {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder);
  const first = assertThrows(() => reader.push(fromHex("44 82014101 00")), WireError);
  const second = assertThrows(() => reader.push(fromHex("44 82014101")), WireError);
  assertStrictEquals(second, first);
  assertThrows(() => reader.push(new Uint8Array(0)), WireError);
  assertEquals([recorder.items.length, reader.partialBytes], [1, 0]);
});

Deno.test("FrameReader passes on what its handler throws and reads nothing more", () => {
  const recorder = new Recorder();
  const mine = new Error("mine");
  const reader = new FrameReader({
    ticket: () => {
      throw mine;
    },
    badTicket: () => {},
    control: (item) => recorder.control(item),
  });
  const bytes = fromHex("44 82014101 43 8224a0");
  assertStrictEquals(assertThrows(() => reader.push(bytes), Error), mine);
  assertStrictEquals(assertThrows(() => reader.push(bytes), Error), mine);
  assertEquals(recorder.items, []);
});

Deno.test("FrameReader.stop() drops what is left of the chunk and every later one", () => {
  const seen: number[] = [];
  const reader: FrameReader = new FrameReader({
    ticket: (operation) => {
      seen.push(operation);
      if (operation === 2) reader.stop();
    },
    badTicket: () => {},
    control: () => {},
  });
  reader.push(fromHex("44 82014101 44 82024101 44 82034101 ff 00"));
  reader.push(fromHex("44 82044101"));
  assertEquals([seen, reader.partialBytes, reader.ended], [[1, 2], 0, false]);
});

Deno.test("FrameReader.stop() drops a frame that has begun", () => {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder);
  reader.push(fromHex("44 8201"));
  assertEquals(reader.partialBytes, 3);
  reader.stop();
  assertEquals(reader.partialBytes, 0);
  reader.push(fromHex("4101"));
  assertEquals(recorder.items, []);
});

Deno.test("FrameReader gives payloads of bytes as plain views, also of a Buffer", () => {
  let payload: unknown;
  const reader = new FrameReader({ ticket: (...args) => payload = args[3], badTicket: () => {}, control: () => {} });
  const chunk = Buffer.from(fromHex("ffff 44 8201 41 07")).subarray(2);
  reader.push(chunk);
  assert(payload instanceof Uint8Array);
  assertStrictEquals(Object.getPrototypeOf(payload), Uint8Array.prototype);
  assertStrictEquals(payload.buffer, chunk.buffer);
  assertEquals(payload, Uint8Array.of(7));
});

Deno.test("FrameReader does not write over a payload that was joined from chunks", () => {
  const writer = new FrameWriter();
  for (let i = 0; i < 50; i++) {
    writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: i, payload: new Uint8Array(100).fill(i) });
  }
  const { items } = readAll(writer.take()!, 30);
  const payloads = items.map(({ ticket }) => (ticket as { payload: Uint8Array }).payload);
  assertEquals(payloads, Array.from({ length: 50 }, (_, i) => new Uint8Array(100).fill(i)));
});

Deno.test("FrameReader gives payloads as they are encoded to a relay", () => {
  const payloads = [Uint8Array.of(1), "text", { a: [1, 2n, new Date(5)] }, null, new Map([[1, 2]])];
  const writer = new FrameWriter();
  for (const payload of payloads) writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, payload });
  writer.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, allowance: 1 });
  const body = writer.take()!;
  const { items } = readAll(body, 7, { payloads: "encoded" });
  const relay = new FrameWriter();
  for (const { ticket } of items) {
    const { payload, fields } = ticket as { payload?: EncodedPayload; fields?: object };
    assert(payload === undefined || payload instanceof EncodedPayload);
    relay.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, ...fields, payload });
  }
  assertEquals(relay.take(), body);
});

Deno.test("FrameReader refuses a payload that is malformed also for a relay", () => {
  const bytes = frame(fromHex("8201 8201 fc"));
  const { errors } = readAll(bytes, bytes.length, { payloads: "encoded" });
  assertStringIncludes(
    errors[0]!.message,
    "at byte 4 of the frame, at [1]: only false, true, null and undefined are allowed",
  );
  const long = frame(fromHex("8201 01 01"));
  assertStringIncludes(readAll(long, 4, { payloads: "encoded" }).errors[0]!.message, "1 bytes follow the item");
});

Deno.test("FrameReader refuses limits out of range", () => {
  const recorder = new Recorder();
  for (const name of ["maxFrameBytes", "maxDepth", "maxExpansion", "maxMetadataBytes", "maxBignumBytes"]) {
    assertThrows(() => new FrameReader(recorder, { [name]: 0 }), RangeError, `"${name}"`);
    assertThrows(() => new FrameWriter({ [name]: 1.5 }), RangeError, `"${name}"`);
  }
});

Deno.test("EncodedPayload is exactly one item", () => {
  assertEquals(new EncodedPayload(encodeValue([1])).bytes, Uint8Array.of(0x81, 1));
  assertThrows(() => new EncodedPayload(fromHex("0101")), Error, "1 bytes follow the item");
  assertThrows(() => new EncodedPayload(fromHex("9fff")), Error, "indefinite lengths are not allowed");
});

Deno.test("FrameReader throws nothing but a WireError for a body that was damaged", () => {
  const body = sampleBody();
  const whole = Uint8Array.of(...body.subarray(0, 500), ...body.subarray(body.length - 30));
  const random = seededRandom(5);
  let refused = 0;
  for (let i = 0; i < 3_000; i++) {
    const bytes = whole.slice();
    for (let j = 0; j < 1 + below(random, 3); j++) bytes[below(random, 120)] = below(random, 256);
    try {
      const { errors } = readAll(bytes, 1 + below(random, 600));
      // One error for each is enough, which is thrown.
      assert(errors.every((problem) => !(problem instanceof Error) && problem.cause instanceof CborError));
    } catch (error) {
      assertInstanceOf(error, WireError);
      assertEquals(error.scope, "exchange");
      assert(!error.message.includes("the decoder failed"));
      refused += 1;
    }
  }
  assert(refused > 100);
});

/** A recorder that pauses its reader after every so many frames. */
class Pausing extends Recorder {
  reader!: FrameReader;
  frames = 0;

  constructor(private readonly every: number) {
    super();
  }

  override ticket(...ticket: Parameters<Recorder["ticket"]>): void {
    super.ticket(...ticket);
    this.#count();
  }

  override control(...item: Parameters<Recorder["control"]>): void {
    super.control(...item);
    this.#count();
  }

  #count(): void {
    this.frames += 1;
    if (this.frames % this.every === 0) this.reader.pause();
  }
}

Deno.test("pause() leaves what follows the frame in work to resume(), wherever the chunks end", () => {
  const body = sampleBody();
  const whole = readAll(body).items;
  for (const every of [1, 2, 3]) {
    for (const chunkBytes of [1, 2, 3, 7, 64, 1_000, body.length]) {
      const recorder = new Pausing(every);
      const reader = recorder.reader = new FrameReader(recorder);
      for (let offset = 0; offset < body.length; offset += chunkBytes) {
        let frames = recorder.frames;
        for (let isRead = reader.push(body.slice(offset, offset + chunkBytes)); !isRead; isRead = reader.resume()) {
          assertEquals(recorder.frames % every, 0);
          assert(recorder.frames > frames && recorder.frames - frames <= every);
          assert(reader.restBytes > 0);
          assertEquals(reader.partialBytes, 0);
          frames = recorder.frames;
        }
        assertEquals(reader.restBytes, 0);
      }
      assertEquals(recorder.items, whole);
      assert(reader.ended);
    }
  }
});

Deno.test("pause() at the last frame of a chunk leaves nothing, and holds for no other", () => {
  const recorder = new Pausing(1);
  const reader = recorder.reader = new FrameReader(recorder);
  assert(reader.push(fromHex("44 82014101")));
  assert(reader.resume());
  assertEquals(reader.push(fromHex("44 82014101 44 82014101")), false);
  assertEquals(recorder.frames, 2);
});

Deno.test("resume() throws what the rest of a chunk has wrong, again and again", () => {
  const recorder = new Pausing(1);
  const reader = recorder.reader = new FrameReader(recorder);
  assertEquals(reader.push(fromHex("44 82014101 f6")), false);
  for (let i = 0; i < 2; i++) assertThrows(() => reader.resume(), WireError, "got a byte 0xf6");
  assertEquals(reader.restBytes, 0);
});

Deno.test("stop() drops what a pause has left", () => {
  const recorder = new Pausing(1);
  const reader = recorder.reader = new FrameReader(recorder);
  reader.push(fromHex("44 82014101 44 82014101"));
  reader.stop();
  assertEquals([reader.restBytes, reader.resume(), recorder.frames], [0, true, 1]);
});
