import { MethodKind } from "../links/method_kind.ts";
import { Subscription, Termination } from "../links/ticket.ts";
import { ANY_VALUE, type Form, memberOf, MESSAGE, NAME } from "./form.ts";
import { METADATA } from "./metadata.ts";
import type { TicketFields } from "./ticket_fields.ts";

/** The keys of critical fields: whoever does not support one refuses the operation (P5.11). */
export const CRITICAL_KEYS: Readonly<{ FIRST: 32; LAST: 39 }> = Object.freeze({ FIRST: 32, LAST: 39 });

/** The subscriptions in the order of their numbers on the wire. */
export const SUBSCRIPTIONS: readonly Subscription[] = Object.values(Subscription);

/** The terminations in the order of their numbers on the wire. */
export const TERMINATIONS: readonly Termination[] = Object.values(Termination);

/** A field of a ticket. */
export interface Field {
  /** Its name in the ticket. */
  readonly name: Exclude<keyof TicketFields, "unsupported">;
  /** What it is called in messages. */
  readonly what: string;
  /** How its value travels. */
  readonly form: Form<never, unknown>;
}

/** The key of the sequence number on the wire. */
export const SEQUENCE_KEY = 0;

/** The forms of the fields, in the order of their keys on the wire and of writing (PROTOCOL.md §5). */
const FORMS: { readonly [Name in Field["name"]]: Form<Exclude<TicketFields[Name], undefined>> } = {
  group: NAME,
  method: NAME,
  subscription: memberOf(SUBSCRIPTIONS),
  timeout: ANY_VALUE,
  allowance: ANY_VALUE,
  initialMetadata: METADATA,
  terminalMetadata: METADATA,
  code: NAME,
  message: MESSAGE,
  termination: memberOf(TERMINATIONS),
  methodKind: memberOf(Object.values(MethodKind)),
  neverStarted: memberOf([true]),
};

/** The fields by their keys on the wire. The first is the sequence number. */
export const FIELDS: readonly (Field | undefined)[] = [
  undefined,
  ...Object.entries(FORMS).map(([name, form]) => ({ name: name as Field["name"], what: `ticket.${name}`, form })),
];
