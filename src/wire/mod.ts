/**
 * Tickets and control items as bytes, and back (PROTOCOL.md §3 to §6). No I/O: chunks in, calls out.
 *
 * @module
 */
export { CborError } from "../cbor/cbor_error.ts";
export {
  type ControlItem,
  type Credit,
  type ExchangeEnd,
  type Goaway,
  type Hello,
  type Part,
  type Ping,
  type Refusal,
  type Taken,
  type UnknownControlItem,
} from "./control_item.ts";
export { EncodedPayload } from "./encoded_payload.ts";
export { ExchangeKind } from "./exchange_kind.ts";
export type { FrameHandler } from "./frame_handler.ts";
export type { FrameReaderOptions } from "./bare_frame_reader.ts";
export { FrameReader } from "./frame_reader.ts";
export { BULK_SIZES, type BulkSizes } from "./bulk_sizes.ts";
export { FrameWriter, type FrameWriterOptions } from "./frame_writer.ts";
export { chooseVersion, MEDIA_TYPE, PROTOCOL_VERSION } from "./media_type.ts";
export { beginsWithPart, firstFrameLength, readPartFrame } from "./part_frame.ts";
export { readRefusalFrame } from "./refusal_frame.ts";
export { refusalFrame } from "./refusal_writer.ts";
export type { TicketFields } from "./ticket_fields.ts";
export { type TicketProblem, WireError, type WireErrorScope } from "./wire_error.ts";
export type { CborLimits, CborOptions } from "../cbor/profile.ts";
export { type WholeBody, WholeBodyReader } from "./whole_body.ts";
export { WholeBodyWriter } from "./whole_body_writer.ts";
export { DEFAULT_WIRE_LIMITS, type WireLimits, wireLimits } from "./wire_limits.ts";
