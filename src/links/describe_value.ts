/**
 * Shows a value in an error message: its text if it is short and harmless, else its type. `String` is no way to show what a
 * peer has sent: it throws for `{ toString: 1 }`, and a text of megabytes would be the message.
 *
 * @param value Anything.
 * @returns Some words.
 */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`.toWellFormed();
  if (typeof value === "object" || typeof value === "function") return `a value of type ${typeof value}`;
  return String(value);
}
