import { describeValue, isBytes } from "./foreign_value.ts";
import { MethodKind } from "./method_kind.ts";
import { ProtocolKind, Subscription, Termination, type Ticket } from "./ticket.ts";

/**
 * Checks that a value has the shape of a {@linkcode Ticket}: the type and range of each field, and the fields that may only
 * stand together (SEMANTICS §1). It serves authors of links. Ends do not call it: they answer a violation instead of
 * throwing.
 *
 * @param value What claims to be a ticket.
 * @throws {TypeError} If it is no object or a field is of the wrong kind.
 * @throws {RangeError} If a number is out of its range.
 *
 * @example A ticket and something else
 * ```ts
 * import { validateTicket } from "@ticketlink/ticketlink/links";
 * import { assertThrows } from "@std/assert";
 *
 * validateTicket({ operationId: 1, sequenceNumber: 0, payload: "hello" });
 * assertThrows(() => validateTicket({ operationId: 1, sequenceNumber: -1 }), RangeError);
 * ```
 */
export function validateTicket(value: unknown): asserts value is Ticket {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot read the ticket: expected an object, got ${describeValue(value)}`);
  }
  const ticket: Partial<Record<keyof Ticket, unknown>> = value;
  checkIdentity(ticket);
  checkText("group", ticket.group);
  checkText("method", ticket.method);
  checkMember("methodKind", ticket.methodKind, MethodKind);
  checkMember("subscription", ticket.subscription, Subscription);
  checkMember("termination", ticket.termination, Termination);
  checkNumbers(ticket);
  checkMetadata("initialMetadata", ticket.initialMetadata);
  checkMetadata("terminalMetadata", ticket.terminalMetadata);
  checkCompletionFields(ticket);
  checkProtocol(ticket.protocol);
}

function fail(field: string, value: unknown, allowed: string): never {
  throw new TypeError(`Cannot read the ticket: field "${field}" must be ${allowed}, got ${describeValue(value)}`);
}

function checkIdentity(ticket: Partial<Record<keyof Ticket, unknown>>): void {
  const { operationId, sequenceNumber } = ticket;
  if (operationId === undefined || operationId === null || typeof operationId === "boolean") {
    fail("operationId", operationId, "a string, a number, a bigint, a symbol or an object");
  }
  if (typeof sequenceNumber !== "number") fail("sequenceNumber", sequenceNumber, "a number");
  if (!Number.isSafeInteger(sequenceNumber) || sequenceNumber < 0) {
    throw new RangeError(
      `Cannot read the ticket: field "sequenceNumber" must be an integer from 0, got ${sequenceNumber}`,
    );
  }
}

function checkText(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") fail(field, value, "a string");
}

function checkMember(field: string, value: unknown, enumeration: Readonly<Record<string, unknown>>): void {
  const members = Object.values(enumeration);
  if (value !== undefined && !members.includes(value)) fail(field, value, `one of ${members.join(", ")}`);
}

function checkNumbers({ timeout, allowance }: Partial<Record<keyof Ticket, unknown>>): void {
  if (timeout !== undefined) {
    if (typeof timeout !== "number") fail("timeout", timeout, "a number of milliseconds");
    if (!Number.isFinite(timeout) || timeout <= 0) {
      throw new RangeError(
        `Cannot read the ticket: field "timeout" must be a finite number of milliseconds above 0, got ${timeout}`,
      );
    }
  }
  if (allowance !== undefined) {
    if (typeof allowance !== "number") fail("allowance", allowance, "a number");
    if (!Number.isSafeInteger(allowance) || allowance < 1) {
      throw new RangeError(
        `Cannot read the ticket: field "allowance" must be a positive safe integer, got ${allowance}`,
      );
    }
  }
}

function checkMetadata(field: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) fail(field, value, "a list of key–value pairs");
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string") {
      fail(field, pair, "a list of pairs whose first item is a string");
    }
    if (typeof pair[1] !== "string" && !isBytes(pair[1])) {
      fail(field, pair[1], "a list of pairs whose second item is a string or a Uint8Array");
    }
  }
}

function checkCompletionFields(ticket: Partial<Record<keyof Ticket, unknown>>): void {
  if (ticket.termination !== undefined) return;
  for (const field of ["terminalMetadata", "code", "message"] as const) {
    if (ticket[field] !== undefined) fail(field, ticket[field], "absent from a ticket without a termination");
  }
}

function checkProtocol(value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null || !("kind" in value)) {
    fail("protocol", value, "an object with a kind and a value");
  }
  checkMember("protocol.kind", value.kind, ProtocolKind);
}
