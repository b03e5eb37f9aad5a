import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Code, MethodKind, Subscription, Termination, type Ticket } from "../../src/links/mod.ts";
import { FrameWriter, WireError } from "../../src/wire/mod.ts";
import { fromHex, toHex } from "../vectors/vectors.ts";
import { compact, frame, readAll } from "./recorder.ts";

type Fields = Omit<Ticket, "operationId" | "sequenceNumber">;

function write(fields: Fields, operation = 1, sequence?: number): Uint8Array {
  const writer = new FrameWriter();
  writer.writeTicket(operation, sequence, { operationId: "local", sequenceNumber: 0, ...fields });
  return writer.take()!;
}

/** The one thing that bytes are read as. */
function read(hex: string): unknown {
  return readAll(frame(fromHex(hex))).items[0];
}

/** Content that must be refused for its operation. */
function refuses(hex: string, message: string, code: Code = Code.INTERNAL): void {
  const { errors } = readAll(frame(fromHex(hex)));
  assertStringIncludes(errors[0]?.message ?? "nothing was refused", message);
  assertEquals(errors[0]!.code, code);
}

Deno.test("P5.1 a ticket has two or three items", () => {
  assertEquals(toHex(write({ payload: Uint8Array.of(7) })), "44" + "82014107");
  assertEquals(toHex(write({ payload: Uint8Array.of(7), allowance: 1 })), "47" + "8301a105014107");
  assertEquals(read("8301a04107"), { ticket: { operation: 1, payload: Uint8Array.of(7) } });
  refuses("8101", "a ticket has 1 items instead of 2 or 3");
  refuses("8401a0f700", "a ticket has 4 items instead of 2 or 3");
  refuses("83014107f7", "expected the fields of a ticket, got an item of type 2");
});

Deno.test("P5.2 an operation is a number from 1 to 2^53 - 1", () => {
  for (const operation of [1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const { items } = readAll(write({ payload: 1 }, operation));
    assertEquals(items, [{ ticket: { operation, payload: 1 } }]);
  }
  assertThrows(() => readAll(frame(fromHex("820001"))), WireError, "0 is neither an operation");
  assertThrows(() => readAll(frame(fromHex("821b002000000000000001"))), WireError, "above 2^53 - 1");
});

Deno.test("P5.3 a ticket without an explicit number takes the implied one", () => {
  assertEquals(read("8301a10007f7"), { ticket: { operation: 1, sequence: 7 } });
  assertEquals(read("82014101"), { ticket: { operation: 1, payload: Uint8Array.of(1) } });
  assertEquals(toHex(write({}, 1, 0)), "46" + "8301a10000f7");
  refuses("8301a10020f7", "expected the sequence number");
  refuses("8301a100f97c00f7", "expected the sequence number");
});

Deno.test("P5.4 unknown fields are held against the limits of their reader, whatever others have read before", () => {
  const ticket = frame(fromHex("8301 a2 05 02 14 8181818101 f7"));
  assertEquals(readAll(ticket).errors, []);
  const { errors } = readAll(ticket, ticket.length, { maxDepth: 3 });
  assertStringIncludes(errors[0]?.message ?? "nothing was refused", "(maxDepth)");
});

Deno.test("P5.4 unknown fields are skipped and known ones stand once", () => {
  assertEquals(read("8301 a3 14 a16161 81f6 05 02 1903e8 d90102 80 f7"), {
    ticket: { operation: 1, fields: { allowance: 2 } },
  });
  assertEquals(read("8301 a2 20 01 3903e7 80 f7"), { ticket: { operation: 1 } });
  for (const [key, value] of [["00", "01"], ["01", "6167"], ["03", "02"], ["06", "80"], ["0a", "00"]]) {
    refuses(`8301a2${key}${value}${key}${value}f7`, `field ${parseInt(key!, 16)} stands twice`);
  }
  refuses("8301a1616101f7", "expected the key of a field");
  refuses("8301a1149ffff7", "indefinite lengths are not allowed");
});

Deno.test("P5.4 fields may stand in any order", () => {
  const fields = { group: "g", method: "m", timeout: 5, termination: "completion" };
  assertEquals(read("8301a4 0a00 0405 02616d 016167 f7"), {
    ticket: { operation: 1, fields },
  });
});

Deno.test("P5.5 the payload stands last, and undefined is none", () => {
  assertEquals(read("8201f7"), { ticket: { operation: 1 } });
  assertEquals(read("8301a0f7"), { ticket: { operation: 1 } });
  refuses("8301a0", "the bytes end within an item");
  refuses("8301a04101f6", "1 bytes follow the item");
  refuses("8301a0f7f7", "1 bytes follow the item");
  assertEquals(toHex(write({})), "44" + "8301a0f7");
});

Deno.test("P5.5 falsy payloads are payloads", () => {
  for (const payload of [null, false, 0, "", new Uint8Array(0), [], 0n]) {
    assertEquals(readAll(write({ payload })).items, [{ ticket: { operation: 1, payload } }]);
    assertEquals(readAll(write({ payload, allowance: 1 })).items, [
      { ticket: { operation: 1, fields: { allowance: 1 }, payload } },
    ]);
  }
});

Deno.test("P5.6 subscription, termination, the kind of the method and that it never started are numbers of their enumerations", () => {
  Object.values(Subscription).forEach((subscription, number) => {
    assertEquals(toHex(write({ subscription })), `46` + `8301a1030${number}f7`);
    assertEquals(readAll(write({ subscription })).items, [{ ticket: { operation: 1, fields: { subscription } } }]);
  });
  Object.values(Termination).forEach((termination, number) => {
    assertEquals(toHex(write({ termination })), `46` + `8301a10a0${number}f7`);
    assertEquals(readAll(write({ termination })).items, [{ ticket: { operation: 1, fields: { termination } } }]);
  });
  Object.values(MethodKind).forEach((methodKind, number) => {
    assertEquals(toHex(write({ methodKind })), `46` + `8301a10b0${number}f7`);
    assertEquals(readAll(write({ methodKind })).items, [{ ticket: { operation: 1, fields: { methodKind } } }]);
  });
  assertEquals(toHex(write({ neverStarted: true })), "46" + "8301a10c00f7");
  assertEquals(readAll(write({ neverStarted: true })).items, [{
    ticket: { operation: 1, fields: { neverStarted: true } },
  }]);
  refuses("8301a10c01f7", "ticket.neverStarted has no member 1");
  refuses("8301a10b04f7", "ticket.methodKind has no member 4");
  refuses("8301a10303f7", "ticket.subscription has no member 3");
  refuses("8301a10a08f7", "ticket.termination has no member 8");
  refuses("8301a10a1affffffff f7", "ticket.termination has no member 4294967295");
  refuses("8301a10a20f7", "expected ticket.termination");
});

Deno.test("P5.7 metadata is a flat list of text keys and of values that are text or bytes", () => {
  const initialMetadata = [["b", "2"], ["a", Uint8Array.of(0, 255)], ["b", "1"], ["", ""], ["ä", "水"]] as const;
  assertEquals(readAll(write({ initialMetadata })).items, [
    { ticket: { operation: 1, fields: { initialMetadata: initialMetadata.map((pair) => [...pair]) } } },
  ]);
  const terminalMetadata = [["\ufeffkey", "\ufeff" + "x".repeat(100)]] as const;
  assertEquals(readAll(write({ terminalMetadata, termination: Termination.COMPLETION })).items, [
    { ticket: { operation: 1, fields: { terminalMetadata: [[...terminalMetadata[0]]], termination: "completion" } } },
  ]);
  refuses("8301a106816161f7", "metadata has 1 items, which make no pairs");
  refuses("8301a1068261 61 01f7", "expected a metadata value, got an item of type 0");
  refuses("8301a10682 4161 6161f7", "expected a metadata key, got an item of type 2");
  refuses("8301a10682 6161 61fff7", "a metadata value is not valid UTF-8");
  refuses("8301a106a16161 6162f7", "expected metadata, got an item of type 5");
  refuses("8301a1069affffffff", "metadata has 4294967295 items, which make no pairs");
  refuses("8301a1069afffffffe", "the frame ends where a metadata key is expected");
  refuses("8301a10682 6161 58ff", "a metadata value declares 255 bytes where 0 are left");
});

Deno.test("P5.7 the metadata of a ticket is bounded, initial and terminal together", () => {
  const limits = { maxMetadataBytes: 20 };
  const ten = new FrameWriter(limits);
  const pair = (length: number) => [["k", "x".repeat(length)]] as const;
  // One byte of array head, two of key, one of value head.
  ten.writeTicket(1, undefined, { operationId: 0, sequenceNumber: 0, initialMetadata: pair(16) });
  ten.writeTicket(1, undefined, {
    operationId: 0,
    sequenceNumber: 0,
    initialMetadata: pair(6),
    terminalMetadata: pair(6),
  });
  const body = ten.take()!;
  assertEquals(readAll(body, 99, limits).errors, []);
  assertEquals(readAll(body, 99, { maxMetadataBytes: 19 }).errors.map(({ code }) => code), [
    Code.RESOURCE_EXHAUSTED,
    Code.RESOURCE_EXHAUSTED,
  ]);
  const message = "the metadata of a ticket is above 19 bytes (maxMetadataBytes)";
  assertStringIncludes(readAll(body, 99, { maxMetadataBytes: 19 }).errors[0]!.message, message);
});

Deno.test("P5.8 values that an end must judge come as they are", () => {
  const hex = "8301 a6 01 05 02 f6 04 f97e00 05 00 08 a1616101 09 81f5 f7";
  const fields = { group: 5, method: null, timeout: NaN, allowance: 0, code: { a: 1 }, message: [true] };
  assertEquals(read(hex), { ticket: { operation: 1, fields } });
  assertEquals(read("8301a1046178f7"), { ticket: { operation: 1, fields: { timeout: "x" } } });
  assertEquals(read("8301a1051bffffffffffffffff f7"), {
    ticket: { operation: 1, fields: { allowance: 18446744073709551615n } },
  });
});

Deno.test("P5.8 a number of any encoding is a timeout or an allowance", () => {
  for (
    const five of [
      "05",
      "1805",
      "190005",
      "1a00000005",
      "1b0000000000000005",
      "f94500",
      "fa40a00000",
      "fb4014000000000000",
    ]
  ) {
    assertEquals(read(`8301a204${five}05${five}f7`), {
      ticket: { operation: 1, fields: { timeout: 5, allowance: 5 } },
    });
  }
  assertEquals(read("8301a1053b0000000000000004f7"), { ticket: { operation: 1, fields: { allowance: -5 } } });
});

Deno.test("P3.7 a ticket that is cut short anywhere is refused for its operation", () => {
  const metadata = [["key", "x".repeat(30)], ["bytes", new Uint8Array(300)]] as const;
  const opening = { group: "g", method: "m", subscription: Subscription.FULL, timeout: 70_000, allowance: 300 };
  const closing = { code: "ok", message: "m", termination: Termination.COMPLETION, terminalMetadata: metadata };
  const whole = write({ ...opening, initialMetadata: metadata, ...closing, payload: { a: [1.5, "b"] } }, 1, 70_000);
  const content = whole.subarray(3);
  for (let length = 2; length < content.length; length++) {
    const { items, errors } = readAll(frame(content.subarray(0, length)));
    assertEquals(items, [{ badTicket: { operation: 1, code: "internal" } }], `${length} bytes`);
    assertStringIncludes(errors[0]!.message, "Cannot read a ticket of operation 1: at byte ");
  }
});

Deno.test("P5.9 protocol and local ids do not cross the wire", () => {
  const plain = write({ allowance: 1 });
  const protocol = { kind: "call option" as const, value: () => "never encoded" };
  assertEquals(write({ allowance: 1, protocol }), plain);
  const writer = new FrameWriter();
  writer.writeTicket(1, undefined, { operationId: Symbol("local"), sequenceNumber: 99, allowance: 1 });
  assertEquals(writer.take()!, plain);
});

Deno.test("P5.10 absent fields stay absent and falsy ones travel", () => {
  const falsy = { group: "", method: "", code: null, message: false, initialMetadata: [], terminalMetadata: [] };
  assertEquals(readAll(write({ ...falsy, termination: Termination.COMPLETION })).items, [
    { ticket: { operation: 1, fields: { ...falsy, termination: "completion" } } },
  ]);
});

Deno.test("P5.10 each field travels with a payload, also alone", () => {
  const all = {
    group: "g",
    method: "m",
    subscription: Subscription.NONE,
    timeout: 1,
    allowance: 1,
    initialMetadata: [],
    terminalMetadata: [],
    code: "ok",
    message: "m",
    termination: Termination.COMPLETION,
    methodKind: MethodKind.UNARY,
    neverStarted: true,
  };
  for (const [name, value] of Object.entries(all)) {
    const fields = { [name]: value };
    assertEquals(readAll(write({ ...fields, payload: 1 })).items, [{ ticket: { operation: 1, fields, payload: 1 } }]);
  }
});

Deno.test("a ticket in the middle of a stream costs at most twelve bytes more than its payload", () => {
  for (const operation of [1, 100, 10_000, 2 ** 31]) {
    const bytes = write({ payload: new Uint8Array(100) }, operation);
    assertEquals(bytes.length <= 112, true, `${bytes.length - 100} bytes more`);
  }
  assertEquals(write({ payload: new Uint8Array(100) }, 300).length, 108);
});

Deno.test("P5.4 fields that are nearly those of a ticket before are read as what they are", () => {
  const known = "01 6964656d6f2e4563686f 02 6474657374 03 02 04 197530 0b 00".replaceAll(" ", "");
  const ticket = (count: number, fields: string) => readAll(frame(fromHex(`8301a${count}${fields}f7`)));
  for (let i = 0; i < known.length; i += 2) {
    for (const change of [1, 2, 4, 0x20, 0x80]) {
      ticket(5, known);
      const byte = (parseInt(known.slice(i, i + 2), 16) ^ change).toString(16).padStart(2, "0");
      const changed = known.slice(0, i) + byte + known.slice(i + 2);
      // With a code no ticket is like one before.
      const alone = ticket(6, `${changed}086178`);
      for (const again of [ticket(5, changed), ticket(5, changed)]) {
        assertEquals(again.errors.length, alone.errors.length, changed);
        if (again.errors.length > 0) continue;
        const { fields } = alone.items[0]!["ticket"] as { fields: { code: unknown } }; // as the recorder makes it
        assertEquals(fields.code, "x");
        assertEquals(again.items, [{
          ticket: { ...alone.items[0]!["ticket"] as object, fields: withoutCode(fields) },
        }]);
      }
    }
  }
});

Deno.test("P5.4 fields that are nearly those of a ticket before are written as what they are", () => {
  const tickets: Fields[] = [];
  for (const group of [undefined, "g", "h", "gg"]) {
    for (const method of [undefined, "m", "n"]) {
      for (const timeout of [undefined, 5, 5.5]) {
        for (const allowance of [undefined, 1, 5]) {
          for (const subscription of [undefined, Subscription.FULL]) {
            for (const methodKind of [undefined, MethodKind.UNARY]) {
              for (const termination of [undefined, Termination.COMPLETION, Termination.CANCELLATION]) {
                tickets.push({ group, method, timeout, allowance, subscription, methodKind, termination });
              }
            }
          }
        }
      }
    }
  }
  for (const fields of [...tickets, ...tickets.toReversed()]) {
    const read = compact({ ...fields });
    const ticket = Object.keys(read).length > 0 ? { operation: 1, fields: read } : { operation: 1 };
    for (let times = 0; times < 2; times++) assertEquals(readAll(write(fields)).items, [{ ticket }]);
  }
});

function withoutCode({ code: _, ...fields }: { code: unknown }): unknown {
  return fields;
}
