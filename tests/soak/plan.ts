import { type SeededRandom, seededRandom } from "../seeded_random.ts";
import type { Order } from "./contract.ts";

/** How a call is made. */
export type CallKind =
  | "unary"
  | "server_streaming"
  | "client_streaming"
  | "bidi_streaming"
  | "one way"
  | "response discarded"
  | "missing";

/** How a call is to end where nothing is cut. */
export type Ending =
  | "whole"
  /** Its timeout would pass, but the caller raises it. */
  | "prolonged"
  /** The caller leaves the stream of responses. */
  | "left"
  /** The caller's signal aborts. */
  | "aborted"
  | "expired"
  /** The handler throws an `RpcError`. */
  | "refused"
  /** The handler throws something else. */
  | "failed"
  /** The caller's own stream of requests throws. */
  | "source failed";

/** One call, in all that is to be known of it. */
export interface Plan {
  readonly kind: CallKind;
  readonly ending: Ending;
  /** On which of the client's channels. */
  readonly channel: "duplex" | "other duplex" | "single";
  /** Messages that a stream of requests has. */
  readonly requests: number;
  /** Milliseconds until the caller's signal aborts, or the call expires. */
  readonly afterMs: number;
  /** Milliseconds between the responses that a slow reader takes, or 0. */
  readonly readerPaceMs: number;
  readonly order: Order;
}

/** The kinds, as often as they are to come. */
const KINDS: readonly CallKind[] = [
  ...Array<CallKind>(5).fill("unary"),
  ...Array<CallKind>(5).fill("server_streaming"),
  ...Array<CallKind>(4).fill("client_streaming"),
  ...Array<CallKind>(4).fill("bidi_streaming"),
  "one way",
  "response discarded",
  "missing",
];

const ALL_WELL: readonly Ending[] = ["whole", "whole", "whole"];
const ANY: readonly Ending[] = [...ALL_WELL, "aborted", "expired", "refused", "failed"];

const ENDINGS: Readonly<Record<CallKind, readonly Ending[]>> = {
  "unary": [...ANY, "prolonged"],
  "server_streaming": [...ANY, "left"],
  "client_streaming": [...ANY, "source failed"],
  "bidi_streaming": [...ANY, "left", "source failed"],
  "one way": ALL_WELL,
  "response discarded": [...ALL_WELL, "refused", "failed"],
  "missing": ALL_WELL,
};

const WHAT_HAPPENS: Readonly<Record<Ending, Order["then"]>> = {
  "whole": "nothing",
  "prolonged": "work",
  "left": "nothing",
  "aborted": "hang",
  "expired": "hang",
  "refused": "refuse",
  "failed": "throw",
  "source failed": "nothing",
};

/** Makes the plan of a call: always the same for the same seed and number. */
export function planOf(seed: number, call: number): Plan {
  const random = seededRandom(Math.imul(seed + 1, 0x9e37_79b1) ^ Math.imul(call + 1, 0x85eb_ca6b));
  const kind = random.pick(KINDS);
  const ending = random.pick(ENDINGS[kind]);
  const requests = random.chance(0.1) ? random.integer(20, 60) : random.integer(1, 12);
  const order = orderOf(random, call, { kind, ending, requests });
  return {
    kind,
    ending,
    channel: random.pick(kind === "bidi_streaming" ? DUPLEX : ALL_CHANNELS),
    requests,
    afterMs: random.integer(1, 80),
    readerPaceMs: random.chance(0.15) ? random.integer(1, 8) : 0,
    order,
  };
}

const DUPLEX = ["duplex", "other duplex"] as const;
const ALL_CHANNELS = [...DUPLEX, "single"] as const;

type Opening = Pick<Plan, "kind" | "ending" | "requests">;

function orderOf(random: SeededRandom, call: number, { kind, ending, requests }: Opening): Order {
  // Some streams are far larger than a window, so that a slow reader pauses whoever produces.
  const large = random.chance(0.08);
  const responses = large ? random.integer(30, 60) : random.integer(1, 15);
  return {
    call,
    responses,
    bytes: large ? random.integer(20_000, 60_000) : random.integer(0, 800),
    at: random.integer(0, messagesOf(kind, requests, responses) - 1),
    then: WHAT_HAPPENS[ending],
    paceMs: random.chance(0.1) ? random.integer(1, 6) : 0,
  };
}

/** How many messages there are at which something can happen. */
function messagesOf(kind: CallKind, requests: number, responses: number): number {
  switch (kind) {
    case "server_streaming":
      return responses;
    case "client_streaming":
    case "bidi_streaming":
      return requests;
    default:
      return 1;
  }
}
