import type { Mutation } from "./mutation.ts";

/** Values and frames: what is let in. */
export const WIRE_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/cbor/item_cursor.ts",
    text: "    this.levelsLeft = limits.maxDepth;",
    replacement: "    this.levelsLeft = limits.maxDepth * 1_000;",
    why: "P4.3: nesting is not bounded",
  },
  {
    file: "src/cbor/tagged.ts",
    text: "return type === undefined ? source.fail(`tag ${tag} is not allowed`)",
    replacement: "return type === undefined ? source.item()",
    why: "P4.6: any tag passes",
  },
  {
    file: "src/cbor/decode.ts",
    text:
      "    if (shape === undefined ? Object.hasOwn(object, name) : shape.has(name)) this.failRepeated(name, start);",
    replacement: "",
    why: "P4.5: a key of a map may stand twice",
  },
  {
    file: "src/cbor/decode.ts",
    text: "    if (name === FORBIDDEN_KEY) this.fail(",
    replacement: "    if (name === FORBIDDEN_KEY && start < 0) this.fail(",
    why: "P4.5: __proto__ is a key like any other",
  },
  {
    file: "src/cbor/decode.ts",
    text: "          if (guess.isInherited) define(object, name, value);\n          else object[name] = value;",
    replacement: "          object[name] = value;",
    why: "P4.5: a key can reach a setter of the prototype",
  },
  {
    file: "src/cbor/tagged.ts",
    text: "    if (isNumericKey(member)) source.countNumericKey(start);",
    replacement: "",
    why: "P4.15: numbers in sets are not counted",
  },
  {
    file: "src/cbor/item_cursor.ts",
    text: "    if (count * items > present) {",
    replacement: "    if (count > present + this.itemsAwaited * 9) {",
    why: "P4.2: room is made for what is only declared",
  },
  {
    file: "src/cbor/item_cursor.ts",
    text: "    if (this.costLeft < 0) this.#failCost();",
    replacement: "    if (this.costLeft < -1e12) this.#failCost();",
    why: "P4.16: decoding may cost any amount",
  },
  {
    file: "src/cbor/decode.ts",
    text: "    this.charge(shape.size <= Cost.FEW_KEYS ? Cost.SHAPE : Cost.LONG_SHAPE);",
    replacement: "",
    why: "P4.16: hidden classes cost nothing",
  },
  {
    file: "src/cbor/encode.ts",
    text: "else if (value !== 0 && Number.isSafeInteger(value)) this.#out.integer(value);",
    replacement: "else if (Number.isSafeInteger(value)) this.#out.integer(value);",
    why: "P4.14: -0 arrives as 0",
  },
  {
    file: "src/cbor/decode.ts",
    text: "      this.#shared = undefined;\n      this.#hasSmallBytes = false;",
    replacement: "      this.#hasSmallBytes = false;",
    why: "byte strings of two messages share a buffer",
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
