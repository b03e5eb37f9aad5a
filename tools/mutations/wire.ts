import type { Mutation } from "./mutation.ts";

/** Values and frames: what is let in. */
export const WIRE_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/cbor/check_item.ts",
    text: "  levelsLeft = walkLimits.maxDepth;",
    replacement: "  levelsLeft = walkLimits.maxDepth * 1_000;",
    why: "P4.3: nesting is not bounded",
  },
  {
    file: "src/cbor/tagged_item.ts",
    text: "  if (number !== Tag.MAP) fail(`tag ${number} is not allowed`, start);",
    replacement: "  if (number !== Tag.MAP) return start + 1;",
    why: "P4.6: any tag passes",
  },
  {
    file: "src/cbor/check_item.ts",
    text: "sameBytes(bytes, other, bytes, start, length)) failAgain(start);",
    replacement: "sameBytes(bytes, other, bytes, start, length)) break;",
    why: "P4.5: a key of a small map may stand twice",
  },
  {
    file: "src/cbor/tagged_item.ts",
    text: "  if (isNumericKey(bytes, start, after)) walk.countNumericKey(start);",
    replacement: "  if (isNumericKey(bytes, start, after) && start < 0) walk.countNumericKey(start);",
    why: "P4.15: numbers in sets are not counted",
  },
  {
    file: "src/wire/frame_head.ts",
    text: "    if (length < least) throw",
    replacement: "    if (length < 0 * least) throw",
    why: "P3.2: the head of a frame need not be the shortest",
  },
  {
    file: "src/wire/frame_head.ts",
    text: "  if (length > maxFrameBytes) {",
    replacement: "  if (length > maxFrameBytes * 1e9) {",
    why: "P3.4: the length of a frame is not bounded",
  },
  {
    file: "src/wire/frame_reader.ts",
    text: "      if (this.#isEnded) {",
    replacement: "      if (this.#isEnded && this.#isStopped) {",
    why: "P6.9: frames may follow the end item",
  },
  {
    file: "src/wire/frame_reader.ts",
    text: "used = this.#fill(chunk, used, total, total);",
    replacement: "used = this.#fill(chunk, 0, total, total);",
    why: "P3.5: after a head that was cut, the rest of its chunk is taken from the wrong place",
  },
  {
    file: "src/wire/frame_reader.ts",
    text: "if (operation === this.#fragments.operation) {",
    replacement: "if (operation === this.#fragments.operation && this.#isEnded) {",
    why: "P3.10: a ticket may stand between the fragments of another one of its operation",
  },
  {
    file: "src/wire/joined_bytes.ts",
    text: "GROWTH * this.#length >= total",
    replacement: "4 * this.#length >= total",
    why: "P10.1: a quarter of a ticket makes room for all of it",
  },
  {
    file: "src/wire/joined_bytes.ts",
    text: "GROWTH * length >= buffer.byteLength",
    replacement: "length <= buffer.byteLength",
    why: "P10.1: a part of a chunk keeps all of it from being let go of",
  },
  {
    file: "src/wire/joined_ticket.ts",
    text: "if (total > this.#maxBytes) {",
    replacement: "if (total > this.#maxBytes && total < 0) {",
    why: "P3.11: fragments may make a ticket of any length",
  },
  {
    file: "src/wire/joined_ticket.ts",
    text: "if (length + restBytes !== missing) {",
    replacement: "if (length + restBytes > missing) {",
    why: "P3.11: fragments may leave bytes out",
  },
  {
    file: "src/wire/fragment_reader.ts",
    text: "if (number !== operation) {",
    replacement: "if (number !== operation && number < 0) {",
    why: "P3.13: fragments of one operation may hold a ticket of another",
  },
  {
    file: "src/wire/frame_writer.ts",
    text: "if (bulk !== undefined && this.#queue.isMixed)",
    replacement: "if (bulk !== undefined && this.#isEnded)",
    why: "P9.16: a small ticket overtakes a large one of its operation",
  },
  {
    file: "src/wire/frame_queue.ts",
    text: "    this.#isBulkTurn = small !== undefined;\n",
    replacement: "",
    why: "P9.16: what is large waits as long as there is anything small",
  },
  {
    file: "src/wire/frame_queue.ts",
    text: "this.#isBulkTurn && bulk.comesAfter <= this.#buffer.takenChunks;",
    replacement: "this.#isBulkTurn;",
    why: "P9.16: a large ticket overtakes small ones of its operation that were set aside",
  },
  {
    file: "src/wire/bulk_lane.ts",
    text: "if (operations.some((one) => one !== operation)) break;",
    replacement: "if (operations.some((one) => one !== operation)) continue;",
    why: "P9.18: tickets that stay are taken for those that are dropped before them",
  },
  {
    file: "src/wire/ticket_decoder.ts",
    text: "if ((seen & bit) !== 0) throw new CborError(`field ${key} stands twice`, keyAt);",
    replacement: "if ((seen & bit) !== 0) this.payload = keyAt;",
    why: "P5.4: a field may stand twice",
  },
  {
    file: "src/wire/ticket_decoder.ts",
    text: "    reader.finish();\n",
    replacement: "",
    why: "P4.12: bytes may follow the payload",
  },
];
