import { assert, assertEquals, assertThrows } from "@std/assert";
import { Code } from "../../src/links/mod.ts";
import {
  chooseVersion,
  type ControlItem,
  ExchangeKind,
  FrameWriter,
  MEDIA_TYPE,
  PROTOCOL_VERSION,
  readRefusalFrame,
  refusalFrame,
  WireError,
} from "../../src/wire/mod.ts";
import { fromHex, toHex } from "../vectors/vectors.ts";
import { compact, frame, readAll } from "./recorder.ts";

function write(item: ControlItem): Uint8Array {
  const writer = new FrameWriter();
  writer.writeControl(item);
  return writer.take()!;
}

function assertRoundTrip(item: ControlItem): void {
  assertEquals(readAll(write(item)).items, [{ control: compact({ ...item }) }]);
}

function read(hex: string): unknown {
  return readAll(frame(fromHex(hex))).items[0]?.control;
}

/** Content that must end the exchange. */
function fails(hex: string, message: string): void {
  const error = assertThrows(() => read(hex), WireError, message);
  assertEquals([error.code, error.scope], [Code.INTERNAL, "exchange"]);
}

Deno.test("P6.1 a control item is a negative type and a map whose unknown keys are skipped", () => {
  assertEquals(read("8221 a2 07 a1616101 00 05"), { kind: "ping", value: 5 });
  assertEquals(read("8221 a2 20 01 00 05"), { kind: "ping", value: 5 });
  assertEquals(read("8221 a4 1820 01 381f 01 1820 02 00 05"), { kind: "ping", value: 5 });
  assertEquals(read("8223 a2 0380 00 05"), { kind: "goaway", lastOperation: 5 });
  assertEquals(read("8224 a2 02f6 006161"), { kind: "end", code: "a" });
  fails("8221a2 0005 0006", "field 0 stands twice");
  fails("8221 80", "expected the content of ping, got an item of type 4");
  fails("8321 a10005 00", "a control item has 3 items instead of 2");
  fails("8121", "a control item has 1 items instead of 2");
  fails("8221 a1616105", "expected the key of a field");
  fails("8221 a10005 00", "1 bytes follow the item");
});

Deno.test("P6.2 control items of unknown types are skipped, whatever they hold", () => {
  for (let type = -7; type >= -30; type--) {
    // Fragments, what is said of them, refusals and credit.
    if (type <= -16 && type >= -20) continue;
    const head = type >= -24 ? (0x1f - type).toString(16) : `38${(-1 - type).toString(16)}`;
    assertEquals(read(`82 ${head} a10001`), { kind: "unknown", type });
    assertEquals(read(`81 ${head}`), { kind: "unknown", type });
    assertEquals(read(`84 ${head} ff 9f 1c`), { kind: "unknown", type });
  }
  const error = assertThrows(() => write({ kind: "unknown", type: -7 }), WireError);
  assertEquals(
    error.message,
    'Cannot write a control item of kind "unknown": Cannot encode a control item of kind "unknown"',
  );
});

Deno.test("P6.3 a hello lists versions and may say the rest", () => {
  assertRoundTrip({ kind: "hello", versions: [1] });
  assertRoundTrip({ kind: "hello", versions: [] });
  assertRoundTrip({
    kind: "hello",
    versions: [3, 2, 1],
    exchange: "single",
    maxFrameBytes: 1,
    maxOperations: 2 ** 40,
    heartbeatMs: 7_000,
  });
  for (const exchange of Object.values(ExchangeKind)) assertRoundTrip({ kind: "hello", versions: [1], exchange });
  assertRoundTrip({ kind: "hello", versions: [1], exchangeId: new Uint8Array([1, 2, 3]), offers: ["duplex", "pair"] });
  fails("8220 a0", "hello.versions is missing");
  fails("8220 a10001", "expected hello.versions");
  fails("8220 a1008120", "expected a member of hello.versions");
  fails("8220 a1009affffffff", "the frame ends where a member of hello.versions is expected");
});

Deno.test("P6.4 an exchange kind is a number of its enumeration", () => {
  assertEquals(Object.values(ExchangeKind), ["duplex", "single", "pair", "socket"]);
  Object.values(ExchangeKind).forEach((exchange, number) => {
    assertEquals(read(`8220 a2 008101 010${number}`), compact({ kind: "hello", versions: [1], exchange }));
  });
  fails("8220 a2 008101 0104", "hello.exchange has no member 4");
  fails("8220 a2 008101 016673", "expected hello.exchange");
});

Deno.test("P6.5 the numbers of a hello are positive integers", () => {
  assertRoundTrip({ kind: "hello", versions: [1], windowBytes: 1 });
  const fields = { 2: "maxFrameBytes", 3: "maxOperations", 4: "heartbeatMs", 8: "windowBytes" };
  for (const [key, field] of Object.entries(fields)) {
    fails(`8220 a2 008101 0${key}00`, `hello.${field} is 0`);
    fails(`8220 a2 008101 0${key}20`, `expected hello.${field}, got an item of type 1`);
    fails(`8220 a2 008101 0${key}f93c00`, `expected hello.${field}, got an item of type 7`);
  }
});

Deno.test("P6.6 a ping and its pong carry a number", () => {
  for (const value of [0, 23, 24, Number.MAX_SAFE_INTEGER]) {
    assertRoundTrip({ kind: "ping", value });
    assertRoundTrip({ kind: "pong", value });
  }
  fails("8221 a0", "ping.value is missing");
  fails("8222 a1006161", "expected pong.value");
});

Deno.test("P6.7 a goaway names the last operation that is accepted", () => {
  assertRoundTrip({ kind: "goaway", lastOperation: 0 });
  assertRoundTrip({ kind: "goaway", lastOperation: 2 ** 33, code: Code.UNAVAILABLE, message: "Server is stopping" });
  assertRoundTrip({ kind: "goaway", lastOperation: 1, code: null, message: "" });
  fails("8223 a0", "goaway.lastOperation is missing");
  fails("8223 a10020", "expected goaway.lastOperation");
});

Deno.test("P6.8 an end may say why", () => {
  assertRoundTrip({ kind: "end" });
  assertRoundTrip({ kind: "end", code: Code.INTERNAL, message: "Frame expected" });
  assertRoundTrip({ kind: "end", code: { any: [1] }, message: 0 });
  assertEquals(toHex(write({ kind: "end" })), "43" + "8224a0");
  fails("8224 a1 01 61ff", "not valid UTF-8");
});

Deno.test("P6.10 a control item that is malformed ends the exchange", () => {
  fails("8220 a2 008101 00 8101", "Cannot read a control item: at byte 6 of the frame, field 0 stands twice");
  fails(
    "8224",
    "Cannot read a control item: at byte 2 of the frame, the frame ends where the content of end is expected",
  );
});

Deno.test("chooseVersion() picks the version that both sides speak", () => {
  assertEquals(PROTOCOL_VERSION, 1);
  assertEquals(chooseVersion([3, 1, 2]), 1);
  assertEquals(chooseVersion([2, 3]), undefined);
  assertEquals(chooseVersion([]), undefined);
  assertEquals(MEDIA_TYPE, "application/vnd.ticketlink+cbor-seq");
});

Deno.test("FrameWriter.writeControl() refuses numbers that are none", () => {
  assertThrows(
    () => write({ kind: "ping", value: -1 }),
    WireError,
    "Cannot encode ping.value: expected an integer from 0, got -1",
  );
  assertThrows(() => write({ kind: "goaway", lastOperation: 1.5 }), WireError, "goaway.lastOperation");
  assertThrows(() => write({ kind: "hello", versions: [NaN] }), WireError, "hello.versions");
  assertThrows(() => write({ kind: "hello", versions: [1], maxFrameBytes: 0 }), WireError, "hello.maxFrameBytes");
  assertThrows(() => write({ kind: "end", code: () => 1 }), WireError, "a function has no encoding");
});

Deno.test("P6.4 an offer that is not known is skipped", () => {
  assertEquals(read("8220 a2 008101 0683000903"), { kind: "hello", versions: [1], offers: ["duplex", "socket"] });
  fails("8220 a2 008101 0600", "expected hello.offers");
  fails("8220 a2 008101 068120", "expected a member of hello.offers");
});

Deno.test("P6.11 a part has a number and a length, and an id of 1 to 64 bytes if any", () => {
  assertRoundTrip({ kind: "part", number: 0, byteLength: 0 });
  assertRoundTrip({ kind: "part", exchangeId: new Uint8Array(64), number: 2 ** 40, byteLength: 65_536 });
  fails("8225 a0", "part.number is missing");
  fails("8225 a10100", "part.byteLength is missing");
  fails("8225 a10200", "part.number is missing");
  fails("8225 a201200200", "expected part.number");
  fails("8225 a30040 0100 0200", "part.exchangeId is not 1 to 64 bytes");
  fails("8225 a3006161 0100 0200", "part.exchangeId is not 1 to 64 bytes");
  fails(`8225 a3005841${"00".repeat(65)} 0100 0200`, "part.exchangeId is not 1 to 64 bytes");
  fails("8220 a2008101 0540", "hello.exchangeId is not 1 to 64 bytes");
});

Deno.test("P6.11 hello.attempt is 1 to 64 bytes", () => {
  assertRoundTrip({ kind: "hello", versions: [1], attempt: new Uint8Array(64) });
  fails("8220 a2008101 0740", "hello.attempt is not 1 to 64 bytes");
  fails("8220 a2008101 076161", "hello.attempt is not 1 to 64 bytes");
});

Deno.test("P6.15 a credit item lets the peer send more", () => {
  assertRoundTrip({ kind: "credit" });
  assertRoundTrip({ kind: "credit", operations: 0, consumedBytes: 0, ofOperations: [] });
  assertRoundTrip({ kind: "credit", operations: 2 ** 40, consumedBytes: 2 ** 50, ofOperations: [1, 2 ** 33, 2, 0] });
  assertEquals(read("8233 a2 0005 0307"), { kind: "credit", operations: 5 });
  fails("8233 a10020", "expected credit.operations");
  fails("8233 a102810120", "1 bytes follow the item");
  fails("8233 a1028120", "expected a member of credit.ofOperations");
});

Deno.test("P6.14 a refusal has a status", () => {
  assertRoundTrip({ kind: "refusal", status: 503, message: "No" });
  assertRoundTrip({ kind: "refusal", status: 404 });
  fails("8232 a10160", "refusal.status is missing");
  fails("8232 a1006161", "expected refusal.status");
});

Deno.test("P6.14 readRefusalFrame() takes one whole frame with a refusal for one, and nothing else", () => {
  const frame = refusalFrame(503, "No");
  assertEquals(readRefusalFrame(frame), { kind: "refusal", status: 503, message: "No" });
  for (let length = 0; length < frame.length; length++) {
    assertEquals(readRefusalFrame(frame.subarray(0, length)), undefined);
  }
  assertEquals(readRefusalFrame(Uint8Array.of(...frame, ...frame)), undefined);
  assertEquals(readRefusalFrame(Uint8Array.of(...frame, 0)), undefined);
  assertEquals(readRefusalFrame(new TextEncoder().encode("<h1>Service Unavailable</h1>")), undefined);
});

Deno.test("P6.14 refusalFrame() stays below what every peer accepts", () => {
  const frame = refusalFrame(503, "\u6F22".repeat(1_000));
  assert(frame.length <= 1_024);
  assertEquals(readRefusalFrame(frame)?.status, 503);
});
