/** Tickets that come and leave in fragments (PROTOCOL.md §3 and §6). */
import { assert, assertEquals, assertLess, assertStringIncludes, assertThrows } from "@std/assert";
import { Code } from "../../src/links/mod.ts";
import {
  EncodedPayload,
  type FrameHandler,
  FrameReader,
  type FrameReaderOptions,
  FrameWriter,
  WireError,
} from "../../src/wire/mod.ts";
import { encodeValue } from "../../src/cbor/encode.ts";
import { fromHex } from "../vectors/vectors.ts";
import { countCopiedBytes, roomsMade } from "./buffer_work.ts";
import { frame, readAll, Recorder } from "./recorder.ts";

const ids = { operationId: 0, sequenceNumber: 0 };
/** Ten bytes of a ticket in a fragment. */
const SMALL_PIECES = { leastBytes: 16, wholeBytes: 32, fragmentBytes: 10 };

/** The frame of a fragment. */
function fragment(operation: number, rest: number, bytes: Uint8Array | readonly number[], type = -16): Uint8Array {
  return frame(encodeAll(0x84, type, operation, rest, Uint8Array.from(bytes)));
}

function encodeAll(head: number, ...values: readonly unknown[]): Uint8Array {
  return Uint8Array.from([head, ...values.flatMap((value) => [...encodeValue(value)])]);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** [operation, h'…'] in as many fragments as there are lengths. */
function inFragments(operation: number, payload: Uint8Array, ...lengths: readonly number[]): Uint8Array[] {
  const content = encodeAll(0x82, operation, payload);
  let offset = 0;
  return lengths.map((length, i) => {
    const end = i === lengths.length - 1 ? content.length : offset + length;
    const bytes = content.subarray(offset, end);
    offset = end;
    return fragment(operation, content.length - end, bytes);
  });
}

const PAYLOAD = new Uint8Array(100).map((_, i) => i);
const WHOLE = { ticket: { operation: 3, payload: PAYLOAD } };

/** Checks that an exchange dies of a body, whole or byte by byte. */
function fails(body: Uint8Array, says: string, code: Code = Code.INTERNAL, options?: FrameReaderOptions): void {
  for (const size of [body.length, 1, 7]) {
    const error = assertThrows(() => readAll(body, size, options), WireError);
    assertStringIncludes(error.message, says);
    assertEquals([error.scope, error.code], ["exchange", code]);
  }
}

Deno.test("P3.8 a ticket in fragments is read as if it had come in one frame, however the body is cut", () => {
  const body = join(...inFragments(3, PAYLOAD, 1, 50, 20, 0));
  for (const size of [body.length, 1, 2, 3, 7, 30, 60]) {
    const { items, reader } = readAll(body, size);
    assertEquals(items, [WHOLE], `chunks of ${size}`);
    assertEquals([reader.partialBytes, reader.joinedBytes], [0, 0]);
  }
  const [single] = inFragments(3, PAYLOAD, 0);
  assertEquals(readAll(single!).items, [WHOLE]);
});

Deno.test("P3.8 what is wrong with a ticket in fragments ends its operation and no other", () => {
  const content = fromHex("8203 fc");
  const body = join(
    fragment(3, 1, content.subarray(0, 2)),
    fragment(3, 0, content.subarray(2)),
    frame(fromHex("820405")),
  );
  const { items, errors } = readAll(body);
  assertEquals(items, [{ badTicket: { operation: 3, code: "internal" } }, { ticket: { operation: 4, payload: 5 } }]);
  assertStringIncludes(errors[0]!.message, "Cannot read a ticket of operation 3: at byte 2 of the frame");
});

Deno.test("P3.9 frames of other operations and control items may stand between fragments", () => {
  const [first, second, third] = inFragments(3, PAYLOAD, 40, 40, 0);
  const between = frame(fromHex("820405"));
  const ping = frame(fromHex("8221a10007"));
  const body = join(first!, between, second!, ping, between, third!);
  const other = { ticket: { operation: 4, payload: 5 } };
  for (const size of [body.length, 1, 5]) {
    assertEquals(readAll(body, size).items, [other, { control: { kind: "ping", value: 7 } }, other, WHOLE]);
  }
});

Deno.test("P3.10 nothing else of its operation may stand between the fragments of a ticket, and no other fragment", () => {
  const [first, last] = inFragments(3, PAYLOAD, 40, 0);
  fails(join(first!, frame(fromHex("820305"))), "got a ticket of operation 3 while one of it is not complete");
  const ofAnother = fragment(4, 10, [1]);
  fails(join(first!, ofAnother), "got one of operation 4, the ticket of operation 3 is not complete");
  fails(join(first!, fragment(4, 0, [])), "got one of operation 4, the ticket of operation 3 is not complete");
  assertEquals(readAll(join(first!, last!, ...inFragments(4, PAYLOAD, 10, 0))).items.length, 2);
});

Deno.test("P3.11 fragments say how much follows, and are refused if that does not fit", () => {
  const content = encodeAll(0x82, 3, PAYLOAD);
  const first = fragment(3, content.length - 40, content.subarray(0, 40));
  fails(join(first, fragment(3, 5, [1])), "got one of 1 bytes with 5 to follow, 64 are missing");
  fails(join(first, fragment(3, 64, [1])), "got one of 1 bytes with 64 to follow, 64 are missing");
  fails(join(first, fragment(3, 0, content.subarray(40, 50))), "got one of 10 bytes with 0 to follow, 64 are missing");
  fails(join(first, fragment(3, 64, [])), "got one without bytes");
  fails(fragment(3, 0, []), "got one without bytes");
  fails(fragment(3, 7, []), "got one without bytes");
});

Deno.test("P3.11, P10.1 a ticket in fragments above the limit is refused by its first one", () => {
  const options = { maxFrameBytes: 2_000 };
  const content = encodeAll(0x82, 3, new Uint8Array(1_995));
  assertEquals(content.length, 2_000);
  const parts = (
    rest: number,
  ) => [fragment(3, rest, content.subarray(0, 1_000)), fragment(3, 0, content.subarray(1_000))];
  assertEquals(readAll(join(...parts(1_000)), 100, options).items.length, 1);
  const says = "a ticket of operation 3 has 2001 bytes, allowed are 2000 (maxFrameBytes)";
  fails(parts(1_001)[0]!.subarray(0, 40), says, Code.RESOURCE_EXHAUSTED, options);
  fails(
    frame(fromHex("842f 03 1b001fffffffffffff 4101")),
    "allowed are 4194304 (maxFrameBytes)",
    Code.RESOURCE_EXHAUSTED,
  );
});

/** The body of a ticket of so many bytes, as clients send it. */
function bulky(payload: Uint8Array): Uint8Array {
  const writer = new FrameWriter({ bulk: { leastBytes: 16_384, wholeBytes: 131_072, fragmentBytes: 65_504 } });
  writer.writeTicket(1, undefined, { ...ids, payload });
  return writer.take()!;
}

Deno.test("P10.1 what fragments declare makes no room: there is less than for twice what has come", () => {
  const body = bulky(new Uint8Array(4_000_000));
  for (const size of [100, 16_384, 65_536]) {
    const reader = new FrameReader(new Recorder());
    for (let offset = 0; offset < body.length - size; offset += size) {
      const rooms = roomsMade(() => reader.push(body.subarray(offset, offset + size)));
      // A head that is cut through makes room as that of any frame does.
      const most = Math.max(2 * reader.joinedBytes, 200);
      assert(rooms.every((room) => room < most), `room for ${rooms} where ${reader.joinedBytes} have come`);
    }
    assert(reader.joinedBytes > 3_900_000);
  }
});

Deno.test("P3.12 a ticket that is given up is forgotten, and the operation may go on with another", () => {
  const [first] = inFragments(3, PAYLOAD, 40, 0);
  const body = join(first!, fragment(3, 0, []), frame(fromHex("820305")), ...inFragments(3, PAYLOAD, 10, 0));
  for (const size of [body.length, 1]) {
    const { items, reader } = readAll(body, size);
    assertEquals(items, [{ ticket: { operation: 3, payload: 5 } }, WHOLE]);
    assertEquals(reader.joinedBytes, 0);
  }
});

Deno.test("P3.13 fragments hold a ticket of their operation and nothing else", () => {
  const whole = (content: Uint8Array) => fragment(3, 0, content);
  fails(whole(fromHex("8204 05")), "those of operation 3 hold an item that begins with 4");
  fails(whole(fromHex("8224 a0")), "those of operation 3 hold an item that begins with -5");
  fails(whole(fragment(3, 0, [1]).subarray(1)), "those of operation 3 hold an item that begins with -16");
  fails(whole(fromHex("f6")), "Cannot read a ticket that came in fragments: at byte 0 of the frame");
  fails(whole(fromHex("82")), "the frame ends where the operation of a ticket is expected");
});

Deno.test("P6.13 a fragment that is malformed ends the exchange", () => {
  fails(frame(fromHex("832f 03 05")), "a fragment has 3 items instead of 4");
  fails(frame(fromHex("852f 03 01 4101 00")), "a fragment has 5 items instead of 4");
  fails(frame(fromHex("842f 00 01 4101")), "a fragment is of operation 0");
  fails(frame(fromHex("842f 20 01 4101")), "expected the operation of a fragment");
  fails(frame(fromHex("842f 03 20 4101")), "expected the number of bytes that follow a fragment");
  fails(frame(fromHex("842f 03 01 6101")), "expected the bytes of a fragment");
  fails(frame(fromHex("842f 03 01 4201")), "the bytes of a fragment are 2 where 1 are in the frame");
  fails(frame(fromHex("842f 03 01 4101 00")), "the bytes of a fragment are 1 where 2 are in the frame");
  fails(frame(fromHex("842f 1803 01 4101")), "the head of the operation of a fragment is not the shortest");
  fails(frame(join(fromHex("842f 03 05 5819"), new Uint8Array(20))), "are 25 where 20 are in the frame");
});

Deno.test("P6.9 the end item does not come while a ticket is incomplete", () => {
  const [first] = inFragments(3, PAYLOAD, 40, 0);
  fails(join(first!, fromHex("438224a0")), "got the end item while a ticket of operation 3 is not complete");
});

Deno.test("P9.15 FrameReader tells which fragments are to be confirmed", () => {
  const told: unknown[] = [];
  const handler: FrameHandler = {
    ticket: (operation) => void told.push(["ticket", operation]),
    badTicket: () => {},
    control: () => {},
    fragment: (...args) => void told.push(args),
    givenUp: (operation) => void told.push(["given up", operation]),
  };
  const content = encodeAll(0x82, 3, PAYLOAD);
  const body = join(
    fragment(3, content.length - 40, content.subarray(0, 40), -17),
    fragment(3, content.length - 41, content.subarray(40, 41)),
    fragment(3, 0, content.subarray(41), -17),
    fragment(4, 7, [1]),
    fragment(4, 0, [], -17),
  );
  const expected = [[3, 40, 0], [3, 0, 0], [3, 63, 104], ["ticket", 3], [4, 0, 0], ["given up", 4]];
  for (const size of [1, 13, body.length]) {
    told.length = 0;
    const reader = new FrameReader(handler);
    for (let offset = 0; offset < body.length; offset += size) reader.push(body.subarray(offset, offset + size));
    assertEquals(told, expected);
  }
});

Deno.test("FrameReader copies what comes in fragments once, straight from the chunks", () => {
  const payload = new Uint8Array(3_000_000).map((_, i) => i);
  const body = bulky(payload);
  // Of a chunk of many fragments none is kept, so that the first half is moved as it grows.
  for (const [size, times] of [[16_384, 1.01], [65_536, 1.1], [body.length, 2.01]] as const) {
    const chunks: Uint8Array[] = [];
    for (let offset = 0; offset < body.length; offset += size) chunks.push(body.slice(offset, offset + size));
    const recorder = new Recorder();
    const reader = new FrameReader(recorder);
    const copied = countCopiedBytes(() => chunks.forEach((chunk) => reader.push(chunk)));
    assertEquals(recorder.items, [{ ticket: { operation: 1, payload } }]);
    assertLess(copied, times * payload.length, `chunks of ${size}`);
  }
});

Deno.test("FrameReader gives what came in fragments to a relay as it is encoded", () => {
  const writer = new FrameWriter({ bulk: SMALL_PIECES });
  const payload = { text: "x".repeat(100) };
  writer.writeTicket(1, undefined, { ...ids, payload });
  const { items } = readAll(writer.take()!, 9, { payloads: "encoded" });
  const { payload: encoded } = items[0]!.ticket as { payload: EncodedPayload };
  assert(encoded instanceof EncodedPayload);
  const relay = new FrameWriter({ bulk: SMALL_PIECES });
  relay.writeTicket(7, undefined, { ...ids, payload: encoded });
  assertEquals(readAll(relay.take()!).items, [{ ticket: { operation: 7, payload } }]);
});

Deno.test("FrameReader pauses between fragments, and stops at one", () => {
  const [first, last] = inFragments(3, PAYLOAD, 40, 0);
  const recorder = new Recorder();
  let act = (): void => {};
  const handler: FrameHandler = {
    ticket: (...args) => recorder.ticket(...args),
    badTicket: () => {},
    control: () => {},
    fragment: () => act(),
  };
  const paused = new FrameReader(handler);
  act = () => paused.pause();
  assertEquals(paused.push(join(first!, last!)), false);
  assertEquals([paused.restBytes, paused.joinedBytes], [last!.length, 40]);
  assertEquals(paused.resume(), true);
  assertEquals(recorder.items, [WHOLE]);
  const stopped = new FrameReader(handler);
  act = () => stopped.stop();
  stopped.push(join(...inFragments(3, PAYLOAD, 0)));
  assertEquals([recorder.items.length, stopped.joinedBytes], [1, 0]);
});
