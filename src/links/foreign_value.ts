/**
 * Values and texts that the library did not make: how they are recognized, and how an error message shows them.
 *
 * @module
 */

/** A typed array's own name, read from an internal slot: it is the same in every realm, and nothing else has it. */
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** The name of the class of a typed array, also of a subclass or of another realm; `undefined` for all else. */
export function typedArrayNameOf(value: unknown): unknown {
  return typedArrayName?.call(value);
}

/** Whether a value is a `Uint8Array`, also one of a subclass or of another realm, where `instanceof` fails. */
export function isBytes(value: unknown): value is Uint8Array {
  return typeof value === "object" && typedArrayName?.call(value) === "Uint8Array";
}

/** Characters of a value that a message shows. */
const MAX_VALUE_CHARACTERS = 40;
/** Characters of a peer's text that a message shows. */
const MAX_TEXT_CHARACTERS = 200;

/**
 * A value as a message shows it: a short text itself, of objects only the type. `String(value)` does not serve here: it throws
 * for `{ toString: 1 }`, and a text of megabytes would become the message.
 */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") {
    const shown = value.length > MAX_VALUE_CHARACTERS ? `${value.slice(0, MAX_VALUE_CHARACTERS)}…` : value;
    return `"${shown}"`.toWellFormed();
  }
  if (typeof value === "object" || typeof value === "function") return `a value of type ${typeof value}`;
  return String(value);
}

/**
 * Control characters, line separators and changes of direction. JSON does not escape them, and terminals and log viewers
 * act on them.
 */
const INVISIBLE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from the network as a message shows it: cut, quoted, and escaped so that it cannot pass for the message's own text. */
export function foreignText(text: string): string {
  const shown = JSON.stringify(text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed()).replaceAll(INVISIBLE, escape);
  return text.length > MAX_TEXT_CHARACTERS ? `${shown}…` : shown;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
