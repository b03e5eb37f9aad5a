/** Frames that a hostile client sends, by the piece and by the thousand. */
import type { Ticket } from "../../src/links/mod.ts";
import { type ControlItem, FrameWriter } from "../../src/wire/mod.ts";
import { headLength, Major, writeHeadAt } from "../../src/cbor/item_writer.ts";
import type { WireTicket } from "../http/frame_feed.ts";

/** One value of CBOR that is `undefined`, as a request of nothing is written. */
const NOTHING = Uint8Array.of(0xf7);

/** Encodes frames that no limit of this side holds back. */
export function encode(...items: readonly (WireTicket | ControlItem)[]): Uint8Array<ArrayBuffer> {
  const most = Number.MAX_SAFE_INTEGER;
  const writer = new FrameWriter({ maxFrameBytes: most, maxMetadataBytes: most });
  for (const item of items) {
    if ("kind" in item) writer.writeControl(item);
    else writer.writeTicket(item.operation, item.sequence, { operationId: 0, sequenceNumber: 0, ...item });
  }
  return writer.take() ?? new Uint8Array();
}

/** A call with its one request. */
export function call(operation: number, method: string, ticket: Partial<Ticket> = {}): WireTicket {
  return { ...opening(operation, method), payload: NOTHING, termination: "completion", ...ticket };
}

/** A call whose requests are still to come. */
export function opening(operation: number, method: string): WireTicket {
  return { operation, group: "demo.Target", method, subscription: "full", timeout: 60_000 };
}

/** The same bytes again and again. */
export function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** Frames of numbered operations in one piece. */
export function each(count: number, make: (operation: number) => readonly WireTicket[], first = 1): Uint8Array {
  return encode(...Array.from({ length: count }, (_, i) => make(first + i)).flat());
}

/** [-16, operation, rest, h'00…']: a fragment of so many bytes, with so many to follow. */
export function fragment(operation: number, restBytes: number, length: number): Uint8Array<ArrayBuffer> {
  const heads = [headLength(operation), headLength(restBytes), headLength(length)].reduce((sum, bytes) => sum + bytes);
  const content = 2 + heads + length;
  const frame = new Uint8Array(headLength(content) + content);
  let at = writeHeadAt(frame, 0, Major.BYTES, content);
  frame.set([0x84, 0x2f], at);
  at = writeHeadAt(frame, at + 2, Major.UNSIGNED, operation);
  at = writeHeadAt(frame, at, Major.UNSIGNED, restBytes);
  writeHeadAt(frame, at, Major.BYTES, length);
  return frame;
}

/** A ping, as bytes. */
export const PING = encode({ kind: "ping", value: 1 });
/** [-11, {}]: a control item of a later version. */
export const UNKNOWN_CONTROL = Uint8Array.of(0x43, 0x82, 0x2a, 0xa0);
/** [1, {}, undefined]: a ticket that says nothing. */
export const EMPTY_TICKET = Uint8Array.of(0x44, 0x83, 0x01, 0xa0, 0xf7);
/** [1, {3: 9}, undefined]: there is no subscription of number 9. */
export const MALFORMED_TICKET = Uint8Array.of(0x46, 0x83, 0x01, 0xa1, 0x03, 0x09, 0xf7);
/** A frame that is empty. */
export const EMPTY_FRAME = Uint8Array.of(0x40);
/** The head of a frame of 4 GiB. */
export const GIGABYTES = Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff);
