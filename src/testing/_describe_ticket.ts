import { isBytes } from "../links/foreign_value.ts";
import type { Ticket } from "../links/ticket.ts";

/** A ticket as a message of a failed expectation shows it: field by field, bytes in hexadecimal. */
export function describeTicket(ticket: Partial<Ticket>): string {
  const fields = Object.entries(ticket).map(([field, value]) => `${field}: ${describe(value)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function describe(value: unknown): string {
  if (isBytes(value)) return `Uint8Array(${value.length}) ${hex(value)}`;
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${describe(item)}`);
  return `{ ${entries.join(", ")} }`;
}

function hex(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > 32 ? `${shown}…` : shown;
}
