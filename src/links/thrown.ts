/**
 * Exceptions, which may be of any class and realm, or no errors at all. Reading their fields may throw.
 *
 * @module
 */

/** The name of an error, such as `"AbortError"`; `undefined` if it has none. */
export function nameOf(error: unknown): string | undefined {
  return textField(error, "name");
}

/** The cause of an error; `undefined` if it has none. */
function causeOf(error: unknown): unknown {
  return fieldOf(error, "cause");
}

/**
 * An error as a message shows it: its own message, or the text of a primitive value. Where the message is empty it is the code:
 * so it is in Node where a name has several addresses, and nothing listens at any.
 */
export function textOf(error: unknown): string {
  const message = textField(error, "message") || textField(error, "code") || textField(error, "name");
  if (message !== undefined) return message;
  return typeof error === "object" && error !== null || typeof error === "function"
    ? `a value of type ${typeof error}, which is no error`
    : String(error);
}

/** An error as a message shows it, with its cause: in Node the message is "fetch failed", and the cause has the reason. */
export function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  return cause === undefined ? textOf(error) : `${textOf(error)} (${textOf(cause)})`;
}

/** What has happened, as the message of a ticket, with the error that is its cause. That never leaves this side. */
export class CausedMessage {
  /** What has happened. */
  readonly message: string;
  /** The error. */
  readonly cause: unknown;

  constructor(message: string, cause: unknown) {
    this.message = message;
    this.cause = cause;
  }

  toString(): string {
    return this.message;
  }
}

function textField(error: unknown, field: string): string | undefined {
  const value = fieldOf(error, field);
  return typeof value === "string" ? value : undefined;
}

/** A field of an error; `undefined` if it has none. */
export function fieldOf(error: unknown, field: string): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    return Reflect.get(error, field);
  } catch {
    // A field that cannot be read counts as absent.
    return undefined;
  }
}
