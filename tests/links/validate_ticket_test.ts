import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Ticket, validateTicket } from "../../src/links/mod.ts";

type Fields = Partial<Record<keyof Ticket, unknown>>;

/** A ticket with some fields replaced, as a link might be handed it. */
function ticketWith(fields: Fields): unknown {
  return { operationId: 1, sequenceNumber: 0, ...fields };
}

function check(fields: Fields): void {
  validateTicket(ticketWith(fields));
}

function name(fields: Fields): string {
  return Object.entries(fields).map(([field, value]) => `${field} ${describe(value)}`).join(", ");
}

function describe(value: unknown): string {
  if (typeof value === "function" || value instanceof Uint8Array) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{${name(value)}}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

for (const value of [undefined, null, 1, "ticket", true, 1n, Symbol("ticket"), () => {}]) {
  Deno.test(`validateTicket() refuses ${describe(value)} for a ticket`, () => {
    const error = assertThrows(() => validateTicket(value), TypeError, "Cannot read the ticket");
    assertStringIncludes(error.message, "expected an object");
  });
}

const bytes = new Uint8Array([1]);
const COMPLETION = "completion";

const VALID: readonly Fields[] = [
  {},
  ...["", "a", 0, -1, NaN, 1n, Symbol("a"), {}, [], () => {}].map((operationId) => ({ operationId })),
  ...[1, Number.MAX_SAFE_INTEGER].map((sequenceNumber) => ({ sequenceNumber })),
  ...["", "group"].map((group) => ({ group })),
  ...["", "method"].map((method) => ({ method })),
  ...["none", "termination", "full"].map((subscription) => ({ subscription })),
  ...[Number.MIN_VALUE, 0.5, 1, Number.MAX_VALUE].map((timeout) => ({ timeout })),
  ...[1, Number.MAX_SAFE_INTEGER].map((allowance) => ({ allowance })),
  ...[[], [["", ""]], [["k", bytes]], [["k", "1"], ["k", "2"]]].map((initialMetadata) => ({ initialMetadata })),
  ...[null, 0, "", false, bytes, [], {}, () => {}].map((payload) => ({ payload })),
  ...[[], [["k", bytes]]].map((terminalMetadata) => ({ terminalMetadata, termination: COMPLETION })),
  ...[null, 0, "", false, {}].map((code) => ({ code, message: code, termination: COMPLETION })),
  ...[
    "completion",
    "cancellation",
    "expiration",
    "shutdown",
    "reception failure",
    "transmission failure",
    "local failure",
    "remote failure",
  ].map((termination) => ({ termination, code: "c", message: "m" })),
  ...["call option", "invocation context", "servicer context"].map((kind) => ({ protocol: { kind, value: null } })),
];

for (const fields of VALID) {
  Deno.test(`validateTicket() accepts ${name(fields) || "nothing but the ids"}`, () => check(fields));
}

Deno.test("validateTicket() takes a field that is undefined for one that is absent", () => {
  check({
    group: undefined,
    method: undefined,
    subscription: undefined,
    timeout: undefined,
    allowance: undefined,
    initialMetadata: undefined,
    payload: undefined,
    terminalMetadata: undefined,
    code: undefined,
    message: undefined,
    termination: undefined,
    protocol: undefined,
  });
});

Deno.test("validateTicket() lets unknown fields pass", () => {
  validateTicket({ operationId: 1, sequenceNumber: 0, extra: "field" });
});

type Refusal = readonly [fields: Fields, field: string, Class: typeof TypeError | typeof RangeError];

function typeErrors(field: keyof Ticket, values: readonly unknown[], beside: Fields = {}): Refusal[] {
  return values.map((value) => [{ ...beside, [field]: value }, field, TypeError]);
}

function rangeErrors(field: keyof Ticket, values: readonly number[]): Refusal[] {
  return values.map((value) => [{ [field]: value }, field, RangeError]);
}

const METADATA: readonly unknown[] = [
  null,
  "text",
  {},
  new Map([["k", "v"]]),
  ["text"],
  [["k"]],
  [["k", "v", "more"]],
  [[1, "v"]],
  [["k", 1]],
  [["k", null]],
  [["k", "v"], ["k", [1]]],
  [["k", new ArrayBuffer(1)]],
];

const REFUSED: readonly Refusal[] = [
  ...typeErrors("operationId", [undefined, null, true, false]),
  ...typeErrors("sequenceNumber", [undefined, null, "0", 0n, {}]),
  ...rangeErrors("sequenceNumber", [-1, 0.5, NaN, Infinity, 2 ** 53]),
  ...typeErrors("group", [null, 1, {}, []]),
  ...typeErrors("method", [null, 1, {}, []]),
  ...typeErrors("subscription", [null, "", "FULL", "all", 2, {}]),
  ...typeErrors("timeout", [null, "1000", 1_000n, {}]),
  ...rangeErrors("timeout", [0, -0, -1, NaN, Infinity]),
  ...typeErrors("allowance", [null, "1", 1n, true]),
  ...rangeErrors("allowance", [0, -1, 1.5, NaN, Infinity, 2 ** 53]),
  ...typeErrors("initialMetadata", METADATA),
  ...typeErrors("terminalMetadata", METADATA, { termination: COMPLETION }),
  ...typeErrors("terminalMetadata", [[]]),
  ...typeErrors("code", [null, 0, "", "ok"]),
  ...typeErrors("message", [null, 0, "", "text"]),
  ...typeErrors("termination", [null, "", "COMPLETION", "abort", 0]),
  ...typeErrors("protocol", [null, "call option", 1, {}, { value: 1 }]),
];

for (const [fields, field, Class] of REFUSED) {
  Deno.test(`validateTicket() refuses ${name(fields)}`, () => {
    assertThrows(() => check(fields), Class, `Cannot read the ticket: field "${field}"`);
  });
}

Deno.test("validateTicket() refuses a protocol of an unknown kind", () => {
  assertThrows(() => check({ protocol: { kind: "other", value: 1 } }), TypeError, "protocol.kind");
});

Deno.test("validateTicket() says what it got and what is allowed, and does not repeat long text", () => {
  const error = assertThrows(() => check({ subscription: "x".repeat(10_000) }), TypeError);
  assertStringIncludes(error.message, "must be one of none, termination, full, got");
  assertEquals(error.message.length < 200, true);
});
