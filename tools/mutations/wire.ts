import type { Mutation } from "./mutation.ts";

/** Values and frames: what is let in. */
export const WIRE_MUTATIONS: readonly Mutation[] = [
  {
    name: "ItemCursor.begin",
    replace: "limits.maxDepth",
    with: "limits.maxDepth * 1_000",
    why: "P4.3: nesting is not bounded",
  },
  {
    name: "readTagged",
    replace: "cursor.fail(`tag ${tag} is not allowed`)",
    with: "item(cursor)",
    why: "P4.6: any tag passes",
  },
  {
    name: "shapeWith",
    replace:
      "if (shape === undefined ? Object.hasOwn(object, name) : hasKey(shape, name)) { failRepeated(propertyText(name), start); }",
    with: "",
    why: "P4.5: a key of a map may stand twice",
  },
  {
    name: "shapeWith",
    replace: "name === FORBIDDEN_KEY",
    with: "name === FORBIDDEN_KEY && start < 0",
    why: "P4.5: __proto__ is a key like any other",
  },
  {
    name: "readObject",
    replace: "shape === undefined ? name in Object.prototype : shape.isInherited",
    with: "false",
    why: "P4.5: a key can reach a setter of the prototype",
  },
  {
    name: "readMember",
    replace: "isNumericKey(member)",
    with: "false",
    why: "P4.15: numbers in sets are not counted",
  },
  {
    name: "ItemCursor.enter",
    replace: "count * items > present",
    with: "count > present + this.awaited * 9",
    why: "P4.2: room is made for what is only declared",
  },
  {
    name: "ItemCursor.charge",
    replace: "this.costLeft < 0",
    with: "this.costLeft < -1e12",
    why: "P4.16: decoding may cost any amount",
  },
  {
    name: "chargeShape",
    replace: "cursor.charge(shape.size <= Cost.FEW_KEYS ? Cost.SHAPE : Cost.LONG_SHAPE);",
    with: "",
    why: "P4.16: hidden classes cost nothing",
  },
  {
    name: "writeNumber",
    replace: "value !== 0 && Number.isSafeInteger(value)",
    with: "Number.isSafeInteger(value)",
    why: "P4.14: -0 arrives as 0",
  },
  {
    name: "ItemCursor.reset",
    replace: "this.shared = undefined;",
    with: "",
    why: "byte strings of two messages share a buffer",
  },
  {
    name: "frameContentLength",
    replace: "headLengthOf(length) < headLength",
    with: "headLengthOf(length) < 0",
    why: "P3.2: the head of a frame need not be the shortest",
  },
  {
    name: "frameContentLength",
    replace: "length > maxFrameBytes",
    with: "length > maxFrameBytes * 1e9",
    why: "P3.4: the length of a frame is not bounded",
  },
  {
    name: "BareFrameReader.#read",
    replace: 'throw frameError("it follows the end item");',
    with: "",
    why: "P6.9: frames may follow the end item",
  },
  {
    name: "BareFrameReader.#complete",
    replace: "this.#fill(chunk, used, total, total)",
    with: "this.#fill(chunk, 0, total, total)",
    why: "P3.5: after a head that was cut, the rest of its chunk is taken from the wrong place",
  },
  {
    name: "BareFrameReader.#whole",
    replace: "operation === this.#fragments?.operation",
    with: "operation === this.#fragments?.operation && this.#isEnded",
    why: "P3.10: a ticket may stand between the fragments of another one of its operation",
  },
  {
    name: "JoinedBytes.append",
    replace: "GROWTH * this.#length >= total",
    with: "4 * this.#length >= total",
    why: "P10.1: a quarter of a ticket makes room for all of it",
  },
  {
    name: "isWorthKeeping",
    replace: "GROWTH * length >= buffer.byteLength",
    with: "length <= buffer.byteLength",
    why: "P10.1: a part of a chunk keeps all of it from being let go of",
  },
  {
    name: "JoinedTicket.#beginTicket",
    replace: "total > this.#maxBytes",
    with: "total > this.#maxBytes && total < 0",
    why: "P3.11: fragments may make a ticket of any length",
  },
  {
    name: "JoinedTicket.begin",
    replace: "length + restBytes !== missing",
    with: "length + restBytes > missing",
    why: "P3.11: fragments may leave bytes out",
  },
  {
    name: "FragmentReader.#finish",
    replace: "number !== operation",
    with: "number !== operation && number < 0",
    why: "P3.13: fragments of one operation may hold a ticket of another",
  },
  {
    name: "FrameWriter.#write",
    replace: "bulk !== undefined && this.#queue.isMixed",
    with: "bulk !== undefined && this.#isEnded",
    why: "P9.16: a small ticket overtakes a large one of its operation",
  },
  {
    name: "FrameQueue.#takeMixed",
    replace: "this.#isBulkTurn = small !== undefined;",
    with: "",
    why: "P9.16: what is large waits as long as there is anything small",
  },
  {
    name: "FrameQueue.#takeMixed",
    replace: "this.#isBulkTurn && bulk.comesAfter <= this.#buffer.takenChunks",
    with: "this.#isBulkTurn",
    why: "P9.16: a large ticket overtakes small ones of its operation that were set aside",
  },
  {
    name: "BulkLane.giveUp",
    replace: "if (operations.some((one) => one !== operation)) break;",
    with: "if (operations.some((one) => one !== operation)) continue;",
    why: "P9.18: tickets that stay are taken for those that are dropped before them",
  },
  {
    name: "ItemReader.key",
    replace: "(this.#seen & bit) !== 0",
    with: "(this.#seen & bit) < 0",
    why: "P5.4: a field may stand twice",
  },
  {
    name: "readTicket",
    replace: "reader.finish();",
    with: "",
    why: "P4.12: bytes may follow the payload",
  },
];
