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
