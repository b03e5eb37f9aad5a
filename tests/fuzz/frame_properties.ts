import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { decodeValue } from "../../src/cbor/decode.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { type ControlItem, EncodedPayload, type FrameReaderOptions, FrameWriter } from "../../src/wire/mod.ts";
import { FrameReader } from "../../src/wire/mod.ts";
import { compact, Recorder } from "../wire/recorder.ts";
import { endItem, type Item, item } from "./arbitrary_items.ts";
import { arrived } from "./arbitrary_values.ts";
import { assertPeersFault, assertReason, assertSame, swiftly } from "./assertions.ts";
import { contentsOf, joinFrames } from "./framing.ts";
import { type FuzzProperty, fuzzProperty } from "./fuzz_property.ts";
import { chunkSizes, cut, mutate, type Mutation, mutation } from "./mutations.ts";

/** A whole body: items, and then the end item. */
const body: fc.Arbitrary<Item[]> = fc.tuple(fc.array(item, { maxLength: 4 }), endItem)
  .map(([items, end]) => [...items, end]);

/** What reading a body comes to. */
interface Reading {
  readonly items: readonly Record<string, unknown>[];
  readonly failure: string | undefined;
  readonly partialBytes: number;
}

/** In the order of writing, or by two lanes and in fragments of a few bytes. */
function write(items: readonly Item[], inFragments = false): Uint8Array {
  const writer = new FrameWriter(inFragments ? { bulk: { leastBytes: 4, wholeBytes: 8, fragmentBytes: 5 } } : {});
  for (const each of items) {
    if ("kind" in each) writer.writeControl(each);
    else writer.writeTicket(each.operation, each.sequence, each.ticket);
  }
  return writer.take()!;
}

/** Reads chunks to the end or to the first error, which must be a documented one. */
function read(chunks: readonly Uint8Array[], options?: FrameReaderOptions): Reading {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder, options);
  let failure: string | undefined;
  for (const chunk of chunks) {
    try {
      reader.push(chunk);
    } catch (error) {
      assertPeersFault(error);
      failure = error.message;
      break;
    }
  }
  for (const problem of recorder.errors) assertReason(problem);
  return { items: recorder.items, failure, partialBytes: reader.partialBytes };
}

/** Reads bytes in three ways that must come to the same (P3.5). */
function checkReading(bytes: Uint8Array, sizes: readonly number[]): Reading {
  const whole = swiftly(() => read([bytes]));
  assertSame(swiftly(() => read(cut(bytes, sizes))), whole, "what was read in chunks");
  assert(whole.partialBytes <= bytes.length, "more is held than has come");
  const relayed = read([bytes], { payloads: "encoded" });
  assertSame({ ...relayed, items: relayed.items.map(decodePayload) }, whole, "what a relay reads");
  return whole;
}

function decodePayload(each: Record<string, unknown>): Record<string, unknown> {
  const ticket = each.ticket as { payload?: unknown } | undefined;
  if (!(ticket?.payload instanceof EncodedPayload)) return each;
  return { ticket: { ...ticket, payload: decodeValue(ticket.payload.bytes) } };
}

/** What a reader is to make of an item. */
function expected(each: Item): Record<string, unknown> {
  if ("kind" in each) return { control: expectedControl(each) };
  const { operation, sequence, ticket } = each;
  const { operationId: _id, sequenceNumber: _number, payload, ...rest }: Ticket = ticket;
  const sent = Object.entries(compact(rest));
  const fields = sent.map(([name, field]) => [name, arrived(field)]);
  return {
    ticket: compact({
      operation,
      sequence,
      fields: fields.length === 0 ? undefined : Object.fromEntries(fields),
      payload: arrived(payload),
    }),
  };
}

function expectedControl(control: ControlItem): Record<string, unknown> {
  return compact(Object.fromEntries(Object.entries(control).map(([name, field]) => [name, arrived(field)])));
}

function operationOf(item: Record<string, unknown>): unknown {
  return (item.ticket as { operation?: unknown } | undefined)?.operation;
}

function isSame(actual: unknown, expected: unknown): boolean {
  try {
    assertSame(actual, expected, "an item");
    return true;
  } catch {
    return false;
  }
}

/** The items in frames that fit, the content of some of them changed. */
function writeChanged(
  items: readonly Item[],
  changes: readonly (readonly [number, readonly Mutation[]])[],
): Uint8Array {
  const contents = contentsOf(write(items));
  for (const [index, mutations] of changes) {
    const at = index % contents.length;
    contents[at] = mutate(contents[at]!, mutations);
  }
  return joinFrames(contents);
}

const fewMutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

/** What must hold of bodies, whatever is in them. */
export const FRAME_PROPERTIES: readonly FuzzProperty[] = [
  fuzzProperty({
    name: "tickets and control items arrive as they were sent, however they are cut",
    share: 0.05,
    cases: fc.tuple(body, chunkSizes),
    check: ([items, sizes]) => {
      const { items: got, failure, partialBytes } = checkReading(write(items), sizes);
      assertEquals([failure, partialBytes], [undefined, 0]);
      assertSame(got, items.map(expected), "what has arrived");
      return items.length;
    },
  }),
  fuzzProperty({
    name: "tickets in fragments arrive however they are cut, each operation's in order, and the end item last",
    share: 0.05,
    cases: fc.tuple(body, chunkSizes),
    check: ([items, sizes]) => {
      const { items: got, failure, partialBytes } = checkReading(write(items, true), sizes);
      assertEquals([failure, partialBytes], [undefined, 0]);
      const sent = items.map(expected);
      // An abort replaces what waits of its operation, and what is left is in order.
      const wanted = new Map<unknown, number>();
      for (const each of got) {
        const operation = operationOf(each);
        const from = wanted.get(operation) ?? 0;
        const place = sent.findIndex((other, i) =>
          i >= from && operationOf(other) === operation && isSame(each, other)
        );
        assert(place >= 0, "something has arrived that was not sent then");
        wanted.set(operation, place + 1);
      }
      assertSame(got.at(-1), sent.at(-1), "the last item");
      return items.length;
    },
  }),
  fuzzProperty({
    name: "a changed body with fragments is read the same however it is cut, or fails as documented",
    share: 0.1,
    cases: fc.tuple(body, chunkSizes, fc.array(fewMutations, { minLength: 1, maxLength: 8 })),
    check: ([items, sizes, changes]) => {
      const bytes = write(items, true);
      for (const change of changes) checkReading(mutate(bytes, change), sizes);
      return changes.length;
    },
  }),
  fuzzProperty({
    name: "a changed body is read the same however it is cut, or fails as documented",
    share: 0.15,
    cases: fc.tuple(body, chunkSizes, fc.array(fewMutations, { minLength: 1, maxLength: 8 })),
    check: ([items, sizes, changes]) => {
      const bytes = write(items);
      for (const change of changes) checkReading(mutate(bytes, change), sizes);
      return changes.length;
    },
  }),
  fuzzProperty({
    name: "frames with changed content are read the same however they are cut, or fail as documented",
    share: 0.2,
    cases: fc.tuple(
      body,
      chunkSizes,
      fc.array(fc.array(fc.tuple(fc.nat({ max: 4 }), fewMutations), { minLength: 1, maxLength: 2 }), {
        minLength: 1,
        maxLength: 8,
      }),
    ),
    check: ([items, sizes, changes]) => {
      for (const change of changes) checkReading(writeChanged(items, change), sizes);
      return changes.length;
    },
  }),
];
