import type { Mutation } from "./mutation.ts";

/** Values and frames: what is let in. */
export const WIRE_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/cbor/check_item.ts",
    text: "    if (++this.#depth > this.#limits.maxDepth) {",
    replacement: "    if (++this.#depth > this.#limits.maxDepth * 1_000) {",
    why: "P4.3: nesting is not bounded",
  },
  {
    file: "src/cbor/check_item.ts",
    text: "    else this.#fail(`tag ${tag} is not allowed`);",
    replacement: "    else this.#item();",
    why: "P4.6: any tag passes",
  },
  {
    file: "src/cbor/map_keys.ts",
    text: 'if (!isNew) throw new CborError("a map has the same key twice", start);',
    replacement: "if (!isNew) return;",
    why: "P4.5: a key may stand twice",
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
    text: "      if (partial.length < headLength) return used;\n",
    replacement: "      if (partial.length < headLength) return used + 1;\n",
    why: "P3.5: a head that is cut in three loses a byte",
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
