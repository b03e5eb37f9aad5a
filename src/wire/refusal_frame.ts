import type { Refusal } from "./control_item.ts";
import { BareFrameReader } from "./bare_frame_reader.ts";
import type { FrameHandler } from "./frame_handler.ts";
import { ItemReader } from "./item_reader.ts";
import { DEFAULT_WIRE_LIMITS } from "./wire_limits.ts";
import { WireError } from "./wire_error.ts";

/** Bytes of the longest refusal that is read, its frame's head included: as many as every peer accepts (P7.5). */
const MAX_REFUSAL_BYTES = 1_024;

/**
 * Reads an answer that may be a refusal.
 *
 * @param bytes The whole answer.
 * @returns The refusal; `undefined` if the answer is anything but one whole frame with a refusal in it.
 */
export function readRefusalFrame(bytes: Uint8Array): Refusal | undefined {
  if (bytes.length > MAX_REFUSAL_BYTES) return undefined;
  let refusal: Refusal | undefined;
  let items = 0;
  const handler: FrameHandler = {
    ticket: () => items++,
    badTicket: () => items++,
    control: (item) => {
      items++;
      if (item.kind === "refusal") refusal = item;
    },
  };
  const reader = new BareFrameReader(handler, new ItemReader(DEFAULT_WIRE_LIMITS));
  try {
    reader.push(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
  return items === 1 && reader.partialBytes === 0 ? refusal : undefined;
}
