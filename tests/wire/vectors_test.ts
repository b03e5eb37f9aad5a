import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Ticket } from "../../src/links/mod.ts";
import { type ControlItem, FrameReader, FrameWriter, type TicketProblem, WireError } from "../../src/wire/mod.ts";
import { fromHex, readVectors, toHex, valueOf, type Vector } from "../vectors/vectors.ts";
import { frame, readAll, Recorder } from "./recorder.ts";

interface TicketMeaning {
  readonly operation: number;
  readonly sequence?: number;
  readonly fields?: Partial<Ticket>;
  readonly payload?: unknown;
}

interface Item {
  readonly ticket?: TicketMeaning;
  readonly control?: ControlItem;
}

/** Frames that a writer makes of what the vectors say. */
function write(items: readonly Item[]): string {
  const writer = new FrameWriter();
  for (const { ticket, control } of items) {
    if (control !== undefined) writer.writeControl(control);
    if (ticket === undefined) continue;
    const { operation, sequence, fields, payload } = ticket;
    writer.writeTicket(operation, sequence, { operationId: 0, sequenceNumber: 0, ...fields, payload });
  }
  return toHex(writer.take() ?? new Uint8Array(0));
}

/** Field values of a ticket whose error is of scope "operation". */
function assertBadTicket(vector: Vector, content: Uint8Array): void {
  const { items, errors } = readAll(frame(content));
  assertEquals(items, [{ badTicket: { operation: vector.operation, code: vector.code } }]);
  assertStringIncludes(errors[0]!.message, `Cannot read a ticket of operation ${vector.operation}: at byte `);
  assertStringIncludes(errors[0]!.message, vector.error!);
}

function assertFatal(vector: Vector, bytes: Uint8Array): void {
  const recorder = new Recorder();
  const error = assertThrows(() => new FrameReader(recorder).push(bytes), WireError);
  assertStringIncludes(error.message, vector.error!);
  assertEquals(error.code, vector.code);
  assertEquals(error.scope, "exchange");
  assertEquals(recorder.items, valueOf(vector.items ?? []) as Record<string, unknown>[]);
}

for (const vector of await readVectors("items")) {
  const content = fromHex(vector.hex);
  if (vector.valid) {
    Deno.test(`items.json: ${vector.name} is read`, () => {
      assertEquals(readAll(frame(content)).items, [valueOf(vector.meaning) as Record<string, unknown>]);
    });
  } else {
    Deno.test(`items.json: ${vector.name} is refused`, () => {
      if (vector.scope === "operation") assertBadTicket(vector, content);
      else assertFatal(vector, frame(content));
    });
  }
  if (vector.canonical) {
    Deno.test(`items.json: ${vector.name} is written`, () => {
      assertEquals(write([valueOf(vector.meaning) as Item]), toHex(frame(content)));
    });
  }
}

for (const name of ["frames", "bodies"]) {
  for (const vector of await readVectors(name)) {
    const bytes = fromHex(vector.hex);
    if (vector.valid) {
      Deno.test(`${name}.json: ${vector.name} is read`, () => {
        const { items, errors, reader } = readAll(bytes);
        assertItems(items, errors, valueOf(vector.meaning) as Record<string, unknown>[]);
        assertEquals(reader.partialBytes, vector.partialBytes ?? 0);
        assertEquals(readAll(bytes, 1).items, items);
      });
    } else {
      Deno.test(`${name}.json: ${vector.name} is refused`, () => assertFatal(vector, bytes));
    }
    if (vector.canonical) {
      Deno.test(`${name}.json: ${vector.name} is written`, () => {
        assertEquals(write(valueOf(vector.meaning) as Item[]), vector.hex);
      });
    }
  }
}

function assertItems(
  items: readonly Record<string, unknown>[],
  errors: readonly TicketProblem[],
  expected: readonly Record<string, unknown>[],
): void {
  const messages = errors.map(({ message }) => message);
  const withoutErrors = expected.map((item) => {
    if (item.badTicket === undefined) return item;
    const { error, ...rest } = item.badTicket as { error: string };
    assert(messages.shift()?.includes(error));
    return { badTicket: rest };
  });
  assertEquals(items, withoutErrors);
}
