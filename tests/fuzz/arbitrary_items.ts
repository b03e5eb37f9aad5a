/**
 * Tickets and control items with every field in every combination (PROTOCOL.md §5 and §6).
 *
 * @module
 */
import fc from "fast-check";
import { type Metadata, MethodKind, Subscription, Termination, type Ticket } from "../../src/links/mod.ts";
import { type ControlItem, ExchangeKind } from "../../src/wire/mod.ts";
import { bytes, text, value } from "./arbitrary_values.ts";

/** A ticket as a writer takes it. */
export interface WrittenTicket {
  readonly operation: number;
  readonly sequence: number | undefined;
  readonly ticket: Ticket;
}

/** What one frame holds. */
export type Item = WrittenTicket | ControlItem;

const count = fc.oneof(
  fc.nat({ max: 30 }),
  fc.constantFrom(0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const positive = count.map((number) => Math.max(1, number));

const metadata: fc.Arbitrary<Metadata> = fc.array(
  fc.tuple(text, fc.oneof(text, bytes)),
  { maxLength: 4 },
);

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

/** Fields that a link hands over as they are, whatever they hold (P5.8); the types say what honest senders put there. */
const anything = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: value }) as fc.Arbitrary<string>;
const anyNumber = fc.oneof({ weight: 3, arbitrary: positive }, { weight: 1, arbitrary: value }) as fc.Arbitrary<number>;

/** A ticket, with any fields. */
export const fullTicket: fc.Arbitrary<Ticket> = fc.record({
  operationId: fc.constant(0),
  sequenceNumber: fc.constant(0),
  group: maybe(anything),
  method: maybe(anything),
  methodKind: maybe(fc.constantFrom(...Object.values(MethodKind))),
  subscription: maybe(fc.constantFrom(...Object.values(Subscription))),
  timeout: maybe(anyNumber),
  allowance: maybe(anyNumber),
  initialMetadata: maybe(metadata),
  terminalMetadata: maybe(metadata),
  payload: value,
  code: maybe(value),
  message: maybe(value),
  termination: maybe(fc.constantFrom(...Object.values(Termination))),
  neverStarted: maybe(fc.constant(true as const)),
});

const bareTicket: fc.Arbitrary<Ticket> = fc.record({
  operationId: fc.constant(0),
  sequenceNumber: fc.constant(0),
  payload: fc.oneof({ weight: 2, arbitrary: bytes }, { weight: 1, arbitrary: value }),
});

/** A ticket with its numbers. */
export const writtenTicket: fc.Arbitrary<WrittenTicket> = fc.record({
  operation: positive,
  sequence: fc.option(count, { nil: undefined }),
  ticket: fc.oneof(fullTicket, bareTicket),
});

const exchangeId = fc.uint8Array({ minLength: 1, maxLength: 64 });

const hello: fc.Arbitrary<ControlItem> = fc.record({
  kind: fc.constant("hello" as const),
  versions: fc.array(count, { maxLength: 3 }),
  exchange: maybe(fc.constantFrom(...Object.values(ExchangeKind))),
  maxFrameBytes: maybe(positive),
  maxOperations: maybe(positive),
  heartbeatMs: maybe(positive),
  exchangeId: maybe(exchangeId),
  windowBytes: maybe(positive),
  offers: maybe(fc.array(fc.constantFrom(...Object.values(ExchangeKind)), { maxLength: 4 })),
});

const reason = { code: maybe(value), message: maybe(value) };

/** The end item. Nothing may follow it. */
export const endItem: fc.Arbitrary<ControlItem> = fc.record({ kind: fc.constant("end" as const), ...reason });

/** A control item after which others may follow. */
export const controlItem: fc.Arbitrary<ControlItem> = fc.oneof(
  hello,
  fc.record({ kind: fc.constantFrom("ping" as const, "pong" as const), value: count }),
  fc.record({ kind: fc.constant("goaway" as const), lastOperation: count, ...reason }),
  fc.record({
    kind: fc.constant("credit" as const),
    operations: maybe(count),
    consumedBytes: maybe(count),
    ofOperations: maybe(fc.array(count, { maxLength: 6 })),
  }),
  fc.record({ kind: fc.constant("part" as const), exchangeId: maybe(exchangeId), number: count, byteLength: count }),
);

/** What a frame may hold that is not the last. */
export const item: fc.Arbitrary<Item> = fc.oneof(
  { weight: 4, arbitrary: writtenTicket },
  { weight: 1, arbitrary: controlItem },
);
