import { assertEquals, assertThrows } from "@std/assert";
import { CborError } from "../../src/cbor/cbor_error.ts";
import { encodeValue } from "../../src/cbor/encode.ts";
import type { Metadata } from "../../src/links/mod.ts";
import { withDetails } from "../../src/rpc/error_completion.ts";
import { readTrailer } from "../../src/rpc/error_mapping.ts";
import { setPairs } from "../../src/rpc/service_context.ts";
import {
  type MetadataInit,
  type MetadataList,
  metadataValue,
  metadataValues,
  toMetadata,
  userMetadata,
} from "../../src/rpc/call_metadata.ts";

const BYTES = new Uint8Array([1, 2]);

Deno.test("metadataValue() reads the first value of a key, in the key's own case", () => {
  const metadata: Metadata = [["a", "1"], ["b", BYTES], ["b", "3"]];
  assertEquals([metadataValue(metadata, "b"), metadataValue(metadata, "B")], [BYTES, undefined]);
});

Deno.test("metadataValues() reads all values of a key in their order", () => {
  assertEquals(metadataValues([["a", "1"], ["b", "2"], ["a", ""]], "a"), ["1", ""]);
});

Deno.test("toMetadata() takes pairs, repeated keys included, into a list of its own", () => {
  const init: Metadata = [["a", "1"], ["a", BYTES]];
  assertEquals(toMetadata(init), [["a", "1"], ["a", BYTES]]);
  assertEquals(toMetadata(init) === init, false);
});

Deno.test("toMetadata() takes what has pairs: a Map, and Headers", () => {
  assertEquals(toMetadata(new Map([["a", ["1", BYTES]], ["b", ["2"]]])), [["a", "1"], ["a", BYTES], ["b", "2"]]);
  assertEquals(toMetadata(new Headers({ a: "1" })), [["a", "1"]]);
});

Deno.test("toMetadata() takes an object whose values may be lists", () => {
  assertEquals(toMetadata({ a: ["1", BYTES], b: "2" }), [["a", "1"], ["a", BYTES], ["b", "2"]]);
});

const WRONG: readonly (readonly [what: string, init: unknown, message: string])[] = [
  ["a key that is no text", [[5, "1"]], "a key must be text, got number"],
  ["a value that is neither text nor bytes", { a: 5 }, 'the value of "a" must be text or bytes, got number'],
  ["such a value in a pair", [["a", null]], 'the value of "a" must be text or bytes'],
  ["a reserved key", { "ticketlink-anything": "1" }, "are reserved"],
];

for (const [what, init, message] of WRONG) {
  Deno.test(`toMetadata() refuses ${what}`, () => {
    assertThrows(() => toMetadata(init as MetadataInit), TypeError, message);
  });
}

Deno.test("setPairs() puts a value in place of all that the key had", () => {
  const list: MetadataList = [["a", "1"], ["b", "2"], ["a", "3"]];
  setPairs(list, "a", "4");
  assertEquals(list, [["b", "2"], ["a", "4"]]);
});

Deno.test("setPairs() removes a key whose list of values is empty", () => {
  const list: MetadataList = [["a", "1"], ["b", "2"]];
  setPairs(list, "a", []);
  assertEquals(list, [["b", "2"]]);
});

Deno.test("setPairs() changes nothing when a value is refused", () => {
  const list: MetadataList = [["a", "1"]];
  assertThrows(() => setPairs(list, "a", ["2", 3 as unknown as string]), TypeError);
  assertEquals(list, [["a", "1"]]);
});

Deno.test("userMetadata() hands on what holds nothing of the library's", () => {
  const metadata: Metadata = [["a", "1"]];
  assertEquals(userMetadata(metadata), metadata);
});

Deno.test("userMetadata() leaves out the library's own pairs and what is none", () => {
  const metadata = [["ticketlink-details", BYTES], ["a", "1"], "b", [5, "c"], ["d", 6]] as unknown as Metadata;
  assertEquals(userMetadata(metadata), [["a", "1"]]);
});

Deno.test("withDetails() and readTrailer() carry details beside the user's pairs", () => {
  const details = [{ user: 5n }, null, new Date(0)];
  const trailer = readTrailer(withDetails([["a", "1"]], details));
  assertEquals(trailer, { metadata: [["a", "1"]], details });
});

Deno.test("withDetails() sends nothing for nothing", () => {
  assertEquals([withDetails([], []), withDetails([["a", "1"]], [])], [undefined, [["a", "1"]]]);
});

Deno.test("withDetails() refuses details that would fill the trailers", () => {
  assertThrows(() => withDetails([], ["x".repeat(8_193)]), RangeError, "of 8192 allowed");
});

Deno.test("withDetails() refuses details without CBOR", () => {
  assertThrows(() => withDetails([], [() => {}]), CborError, "at [0]: a function has no encoding");
});

for (
  const [what, value] of [
    ["text", "[]"],
    ["bytes that are no CBOR", new Uint8Array([0xff])],
    ["CBOR that is no list", encodeValue({ a: 1 })],
  ] as const
) {
  Deno.test(`readTrailer() leaves out details that are ${what}`, () => {
    assertEquals(readTrailer([["ticketlink-details", value], ["a", "1"]]), { metadata: [["a", "1"]], details: [] });
  });
}
