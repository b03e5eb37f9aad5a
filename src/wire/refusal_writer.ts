import { FrameWriter } from "./frame_writer.ts";

/** Characters of a refusal's message. */
const MAX_MESSAGE_CHARACTERS = 200;

/** Writes the frame that is the whole answer of a server that refuses a request (P8.13). */
export function refusalFrame(status: number, message: string): Uint8Array<ArrayBuffer> {
  const writer = new FrameWriter();
  writer.writeControl({ kind: "refusal", status, message: message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed() });
  return writer.take() ?? new Uint8Array();
}
