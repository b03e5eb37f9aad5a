import { forgedTicket, type Forgery, frameOf, NO_PAYLOAD, type Setting } from "./forgery.ts";
import type { Course, SeenFrame } from "./seen_frame.ts";

/** The content of every payload that is forged, so that it can be told from others. */
export const FORGED_BYTE = 0x21;

const PAYLOAD = Uint8Array.of(0x41, FORGED_BYTE);
const ALLOWANCE = [5, 1] as const;

/** Appends to a ticket of an operation that goes on. */
function after(
  make: (course: Course, frame: SeenFrame) => Uint8Array | readonly Uint8Array[] | undefined,
): Forgery["forge"] {
  return (frame) => {
    const { course } = frame;
    if (course === undefined || course.aborted) return undefined;
    const made = make(course, frame);
    if (made === undefined) return undefined;
    return [frame.bytes, ...made instanceof Uint8Array ? [made] : made];
  };
}

/** A ticket with one field, after any ticket. */
function withField(key: number, value: unknown): Forgery["forge"] {
  return after(({ wireId }) => forgedTicket(wireId, [[key, value]]));
}

/** P7.14, P7.16: only where grants reach their peer do they bind it. */
function isGranted({ exchange }: Setting): boolean {
  return exchange === "duplex";
}

/** A client on a single exchange takes no grants from the wire. */
function takesGrants({ exchange, victim }: Setting): boolean {
  return exchange === "duplex" || victim === "service";
}

function toService({ victim }: Setting): boolean {
  return victim === "service";
}

/** Peers that break a rule about tickets: one operation dies of it, the others do not notice. */
export const TICKET_FORGERIES: readonly Forgery[] = [
  {
    name: "S9 duplicate sequence number",
    kills: "operation",
    forge: after(({ wireId, next }) => forgedTicket(wireId, [[0, next - 1], ALLOWANCE])),
  },
  {
    name: "S8 skipped sequence number",
    kills: "order",
    forge: after(({ wireId, next, completed }) => completed ? undefined : forgedTicket(wireId, [[0, next + 1]])),
  },
  {
    name: "S8 more held tickets than may be",
    kills: "operation",
    forge: after(({ wireId, next, completed }) => {
      if (completed) return undefined;
      return Array.from({ length: 66 }, (_, i) => forgedTicket(wireId, [[0, next + 1 + i]]));
    }),
  },
  {
    name: "S10 second initial metadata, or after a payload",
    kills: "operation",
    forge: after(({ wireId, begun }) => begun ? forgedTicket(wireId, [[6, ["k", "v"]]]) : undefined),
  },
  {
    name: "S10 payload after completion",
    kills: "operation",
    forge: after(({ wireId, completed }) => completed ? forgedTicket(wireId, [], PAYLOAD) : undefined),
  },
  {
    name: "S10 second completion",
    kills: "operation",
    forge: after(({ wireId, completed }) => completed ? forgedTicket(wireId, [[10, 0]]) : undefined),
  },
  {
    name: "S10 payloads beyond the allowance",
    kills: "operation",
    fits: isGranted,
    forge: after(({ wireId, completed }) => {
      if (completed) return undefined;
      return Array.from({ length: 128 }, () => forgedTicket(wireId, [], PAYLOAD));
    }),
  },
  { name: "S10 allowance 0", kills: "operation", fits: takesGrants, forge: withField(5, 0) },
  { name: "S10 allowance that is negative", kills: "operation", fits: takesGrants, forge: withField(5, -1) },
  { name: "S10 allowance that is no integer", kills: "operation", fits: takesGrants, forge: withField(5, 1.5) },
  { name: "S10 allowance that is no number", kills: "operation", fits: takesGrants, forge: withField(5, "1") },
  { name: "S3 timeout 0", kills: "operation", forge: withField(4, 0) },
  { name: "S3 timeout that is no number", kills: "operation", forge: withField(4, "soon") },
  {
    name: "S3 group that is no text",
    kills: "operation",
    fits: toService,
    isRare: true,
    forge: ({ course, fields }) => {
      if (course?.next !== 1 || course.aborted || fields?.group === undefined) return undefined;
      return [forgedTicket(course.wireId, [[1, 7], [2, fields.method], [3, 2], [4, 5_000]])];
    },
  },
  { name: "P5.6 unknown termination", kills: "operation", forge: withField(10, 8) },
  { name: "P5.6 unknown subscription", kills: "operation", forge: withField(3, 3) },
  { name: "P5.7 metadata whose value is a number", kills: "operation", forge: withField(6, ["k", 1]) },
  { name: "P5.7 metadata above its limit", kills: "operation", forge: withField(6, ["k", "v".repeat(17_000)]) },
  {
    name: "P5.4 field that stands twice",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [ALLOWANCE, ALLOWANCE])),
  },
  {
    name: "P5.1 ticket of four elements",
    kills: "operation",
    forge: after(({ wireId }) => frameOf(Uint8Array.of(0x84, ...head(wireId), 0xa0, 0xf7, 0xf7))),
  },
  {
    name: "P4.1 payload that is not well-formed",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [], Uint8Array.of(0x5f, 0x41, 0x00, 0xff))),
  },
  {
    name: "P4.3 payload nested too deep",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [], Uint8Array.of(...Array(65).fill(0x81), 0x00))),
  },
  {
    name: "P4.4 payload that is no UTF-8",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [], Uint8Array.of(0x62, 0xc0, 0x80))),
  },
  {
    name: "P4.5 payload with a key that stands twice",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [], Uint8Array.of(0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02))),
  },
  {
    name: "P4.6 payload of an unknown tag",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [], Uint8Array.of(0xd8, 0x1c, 0x80))),
  },
  {
    name: "P4.12 bytes after the payload",
    kills: "operation",
    forge: after(({ wireId }) => forgedTicket(wireId, [], Uint8Array.of(0x01, 0x02))),
  },
  { name: "P5.4 unknown field", kills: "nobody", forge: withField(77, { later: true }) },
  { name: "S18 ticket that says nothing", kills: "nobody", forge: after(({ wireId }) => forgedTicket(wireId, [])) },
  {
    name: "S11 straggler after an abort",
    kills: "nobody",
    forge: ({ course, bytes }) => {
      if (course?.aborted !== true) return undefined;
      return [bytes, forgedTicket(course.wireId, [[1, "group"], [2, "late"], [3, 2], [4, 1_000]], PAYLOAD)];
    },
  },
  {
    name: "P7.10 ticket of an operation that the client has not opened",
    kills: "nobody",
    fits: ({ victim }) => victim === "invocation",
    forge: after(() => forgedTicket(1_000, [[3, 2], [10, 0]], NO_PAYLOAD)),
  },
];

/** The shortest head of an operation's number, which is small here. */
function head(wireId: number): number[] {
  return wireId < 24 ? [wireId] : [0x18, wireId];
}
