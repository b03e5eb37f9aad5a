import fc from "fast-check";
import { assert } from "@std/assert";
import { CborError } from "../../src/cbor/cbor_error.ts";
import { decodeValue } from "../../src/cbor/decode.ts";
import { FrameReader, WireError } from "../../src/wire/mod.ts";
import { frame, Recorder } from "../wire/recorder.ts";
import { greatestAllocation } from "./allocation_meter.ts";
import { type FuzzProperty, fuzzProperty } from "./fuzz_property.ts";

/** The least buffer of a frame that has not come as a whole, and that of a list, whatever they will hold. */
const LEAST_ELEMENTS = 64;
/** Buffers grow by doubling. */
const GROWTH = 2;

/** A head of any major type with a length, of which some are far beyond what follows. */
const head = fc.tuple(
  fc.integer({ min: 2, max: 6 }),
  fc.oneof(
    fc.nat({ max: 300 }),
    fc.integer({ min: 2 ** 16, max: 2 ** 30 }),
    fc.constantFrom(2 ** 22, 2 ** 31, 2 ** 32 - 1),
  ),
).map(([major, length]) => {
  const bytes = new Uint8Array(5);
  bytes[0] = (major << 5) | 26;
  new DataView(bytes.buffer).setUint32(1, length);
  return bytes;
});

/** Heads, each with a few bytes after it, and tags among them that make sets, maps and typed arrays. */
const declarations = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: head },
    {
      weight: 1,
      arbitrary: fc.constantFrom([0xd9, 1, 2], [0xd9, 1, 3], [0xd8, 0x56], [0xc2]).map((b) => Uint8Array.from(b)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
  ),
  { minLength: 1, maxLength: 5 },
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

function unlessRefused(action: () => void): void {
  try {
    action();
  } catch (error) {
    assert(error instanceof CborError || error instanceof WireError, `Not a documented error: ${Deno.inspect(error)}`);
  }
}

function checkAllocation(bytes: Uint8Array, action: () => void): void {
  const greatest = greatestAllocation(() => unlessRefused(action));
  const allowed = LEAST_ELEMENTS + bytes.length * GROWTH;
  assert(greatest <= allowed, `asked for ${greatest} where ${bytes.length} bytes had come`);
}

/** What must hold of memory, whatever is declared (P3.4, P4.2, P10.1). */
export const ALLOCATION_PROPERTIES: readonly FuzzProperty[] = [
  fuzzProperty({
    name: "nothing is allocated by a length that is only declared",
    share: 0.02,
    cases: fc.tuple(declarations, fc.boolean()),
    check: ([bytes, isPayload]) => {
      checkAllocation(bytes, () => void decodeValue(bytes));
      // As the beginning of a body, and as a payload: ticket of operation 1, then the declarations.
      const body = isPayload ? frame(Uint8Array.of(0x82, 0x01, ...bytes)) : bytes;
      checkAllocation(body, () => new FrameReader(new Recorder()).push(body));
      return 2;
    },
  }),
];
