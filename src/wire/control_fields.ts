import { EXCHANGE_KINDS } from "./exchange_kind.ts";
import { ANY_VALUE, COUNT, type Form, IDENTIFIER, knownMemberOf, listOf, memberOf, POSITIVE } from "./form.ts";
import type { ControlItem, Credit, ExchangeEnd, Goaway, Hello, Part, Ping, Refusal, Taken } from "./control_item.ts";

/** A control item on the wire. */
export interface ControlLayout {
  /** What the item is called here. */
  readonly kind: ControlItem["kind"];
  /** What it is called on the wire. */
  readonly type: number;
  /** Its fields, in the order of their keys, which count from 0. */
  readonly fields: readonly ControlField[];
}

/** A field of a control item, whatever its values are. */
export interface ControlField {
  /** Its name in the item. */
  readonly name: string;
  /** What it is called in messages. */
  readonly what: string;
  /** How its value travels. */
  readonly form: Form<never, unknown>;
  /** Whether no item may lack it. */
  readonly isRequired: boolean;
}

/** The forms of the fields of one control item, in the order of their keys: each with values of its type. */
type FormsOf<Item> = {
  readonly [Name in Exclude<keyof Item, "kind">]-?: Form<Exclude<Item[Name], undefined>>;
};

function layout<Item extends ControlItem>(
  kind: Item["kind"],
  type: number,
  forms: FormsOf<Item>,
  ...required: readonly (keyof FormsOf<Item>)[]
): ControlLayout {
  const fields = Object.entries<Form<never, unknown>>(forms).map(([name, form]) => {
    const isRequired = required.includes(name as keyof FormsOf<Item>); // the entries of an object have its keys
    return { name, what: `${kind}.${name}`, form, isRequired };
  });
  return { kind, type, fields };
}

const PING: FormsOf<Ping> = { value: COUNT };

/**
 * All control items (PROTOCOL.md §6). The types -7 to -15 are kept for acknowledgement and resumption; -16 and -17 are
 * fragments, which are no control items.
 */
export const CONTROL_LAYOUTS: readonly ControlLayout[] = [
  layout<Hello>("hello", -1, {
    versions: listOf(COUNT),
    exchange: memberOf(EXCHANGE_KINDS),
    maxFrameBytes: POSITIVE,
    maxOperations: POSITIVE,
    heartbeatMs: POSITIVE,
    exchangeId: IDENTIFIER,
    offers: listOf(knownMemberOf(EXCHANGE_KINDS)),
    attempt: IDENTIFIER,
    windowBytes: POSITIVE,
  }, "versions"),
  layout<Ping>("ping", -2, PING, "value"),
  layout<Ping>("pong", -3, PING, "value"),
  layout<Goaway>("goaway", -4, { lastOperation: COUNT, code: ANY_VALUE, message: ANY_VALUE }, "lastOperation"),
  layout<ExchangeEnd>("end", -5, { code: ANY_VALUE, message: ANY_VALUE }),
  layout<Part>("part", -6, { exchangeId: IDENTIFIER, number: COUNT, byteLength: COUNT }, "number", "byteLength"),
  layout<Taken>("taken", -18, { byteLength: POSITIVE }, "byteLength"),
  layout<Credit>("credit", -20, { operations: COUNT, consumedBytes: COUNT, ofOperations: listOf(COUNT) }),
  layout<Refusal>("refusal", -19, { status: COUNT, message: ANY_VALUE }, "status"),
];
