import {
  ANY_VALUE,
  ATTEMPT_ID,
  EXCHANGE_ID,
  EXCHANGE_KIND,
  type Form,
  integer,
  listOf,
  OFFER,
} from "./control_form.ts";
import type { ControlItem, Credit, ExchangeEnd, Goaway, Hello, Part, Ping, Refusal, Taken } from "./control_item.ts";

/** A control item on the wire. */
export interface ControlLayout {
  /** What the item is called here. */
  readonly kind: ControlItem["kind"];
  /** What it is called on the wire. */
  readonly type: number;
  /** What it is called in messages. */
  readonly what: string;
  /** Its fields, in the order of their keys, which count from 0. */
  readonly fields: readonly ControlField[];
}

/** A field of a control item, whatever its values are. */
export interface ControlField {
  /** Its name in the item. */
  readonly name: string;
  /** How its value travels. */
  readonly form: Form<never, unknown>;
  /** What is wrong with an item that lacks it, if none may. */
  readonly missing?: string;
}

/** The fields of one control item: each with values of its type. */
type FieldsOf<Item> = readonly {
  [Name in Exclude<keyof Item, "kind">]-?: {
    readonly name: Name;
    readonly form: Form<Exclude<Item[Name], undefined>>;
    readonly missing?: string;
  };
}[Exclude<keyof Item, "kind">][];

const HELLO: FieldsOf<Hello> = [
  {
    name: "versions",
    form: listOf("the versions of the hello", integer("a version of the hello")),
    missing: "the hello names no versions",
  },
  { name: "exchange", form: EXCHANGE_KIND },
  { name: "maxFrameBytes", form: numberOfHello(2) },
  { name: "maxOperations", form: numberOfHello(3) },
  { name: "heartbeatMs", form: numberOfHello(4) },
  { name: "exchangeId", form: EXCHANGE_ID },
  { name: "offers", form: listOf("the offers of the hello", OFFER) },
  { name: "attempt", form: ATTEMPT_ID },
  { name: "windowBytes", form: numberOfHello(8) },
];

const PING: FieldsOf<Ping> = [
  { name: "value", form: integer("the value of a ping or pong"), missing: "a ping or pong has no value" },
];

const GOAWAY: FieldsOf<Goaway> = [
  {
    name: "lastOperation",
    form: integer("the last operation of a goaway"),
    missing: "a goaway names no last operation",
  },
  { name: "code", form: ANY_VALUE },
  { name: "message", form: ANY_VALUE },
];

const END: FieldsOf<ExchangeEnd> = [
  { name: "code", form: ANY_VALUE },
  { name: "message", form: ANY_VALUE },
];

const BAD_PART = "a part has no number or no length";
const PART: FieldsOf<Part> = [
  { name: "exchangeId", form: EXCHANGE_ID },
  { name: "number", form: integer("the number of a part"), missing: BAD_PART },
  { name: "byteLength", form: integer("the length of a part"), missing: BAD_PART },
];

const BAD_TAKEN = "a taken item names no bytes";
const TAKEN: FieldsOf<Taken> = [
  { name: "byteLength", form: integer("the length of a taken item", BAD_TAKEN), missing: BAD_TAKEN },
];

const CREDIT: FieldsOf<Credit> = [
  { name: "operations", form: integer("the operations of a credit item") },
  { name: "consumedBytes", form: integer("the bytes of a credit item") },
  { name: "ofOperations", form: listOf("the operations of a credit item", integer("a number of a credit item")) },
];

const REFUSAL: FieldsOf<Refusal> = [
  { name: "status", form: integer("the status of a refusal"), missing: "a refusal has no status" },
  { name: "message", form: ANY_VALUE },
];

/**
 * All control items (PROTOCOL.md §6). The types -7 to -15 are kept for acknowledgement and resumption; -16 and -17 are
 * fragments, which are no control items.
 */
export const CONTROL_LAYOUTS: readonly ControlLayout[] = [
  { kind: "hello", type: -1, what: "the hello", fields: HELLO },
  { kind: "ping", type: -2, what: "the ping or pong", fields: PING },
  { kind: "pong", type: -3, what: "the ping or pong", fields: PING },
  { kind: "goaway", type: -4, what: "the goaway", fields: GOAWAY },
  { kind: "end", type: -5, what: "the end", fields: END },
  { kind: "part", type: -6, what: "the part", fields: PART },
  { kind: "taken", type: -18, what: "the taken item", fields: TAKEN },
  { kind: "credit", type: -20, what: "the credit item", fields: CREDIT },
  { kind: "refusal", type: -19, what: "the refusal", fields: REFUSAL },
];

function numberOfHello(key: number): Form<number> {
  return integer(`number ${key} of the hello`, `number ${key} of the hello is 0`);
}
