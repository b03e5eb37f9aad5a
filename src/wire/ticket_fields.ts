import { MethodKind } from "../links/method_kind.ts";
import { type Metadata, Subscription, Termination } from "../links/ticket.ts";
import { ANY_VALUE, type Form, memberOf, MESSAGE, NAME } from "./form.ts";
import { METADATA } from "./metadata.ts";

/**
 * Everything of a ticket but its operation, its number and its payload, as decoded; an absent field is `undefined`.
 *
 * What a receiving *end* must judge (S3, S10) comes as whatever it is. What the wire cannot represent, as a subscription
 * of unknown number, never comes here: such a ticket is malformed.
 */
export interface TicketFields {
  /** See `Ticket`; any value. */
  readonly group: unknown;
  /** See `Ticket`; any value. */
  readonly method: unknown;
  /** See `Ticket`. */
  readonly methodKind: MethodKind | undefined;
  /** See `Ticket`. */
  readonly subscription: Subscription | undefined;
  /** See `Ticket`; any value. */
  readonly timeout: unknown;
  /** See `Ticket`; any value. */
  readonly allowance: unknown;
  /** See `Ticket`. */
  readonly initialMetadata: Metadata | undefined;
  /** See `Ticket`. */
  readonly terminalMetadata: Metadata | undefined;
  /** See `Ticket`; any value. */
  readonly code: unknown;
  /** See `Ticket`; any value. */
  readonly message: unknown;
  /** See `Ticket`. */
  readonly termination: Termination | undefined;
  /** See `Ticket`. */
  readonly neverStarted: true | undefined;
  /** The key of a critical field that this version does not support (P5.11). */
  readonly unsupported: number | undefined;
}

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
