// What is thrown may be of any class, of any realm, or no error at all, and reading it may throw.

/**
 * The name of an error.
 *
 * @param error What was thrown.
 * @returns The name, such as `"AbortError"`; `undefined` if it has none.
 */
export function nameOf(error: unknown): string | undefined {
  return textField(error, "name");
}

/**
 * What lies behind an error.
 *
 * @param error What was thrown.
 * @returns Its cause; `undefined` if there is none.
 */
export function causeOf(error: unknown): unknown {
  return fieldOf(error, "cause");
}

/**
 * An error as a message shows it.
 *
 * @param error What was thrown.
 * @returns Its message; itself as text if it is a plain value.
 */
export function textOf(error: unknown): string {
  const message = textField(error, "message");
  if (message !== undefined) return message;
  return typeof error === "object" && error !== null || typeof error === "function"
    ? `a value of type ${typeof error}, which is no error`
    : String(error);
}

function textField(error: unknown, field: string): string | undefined {
  const value = fieldOf(error, field);
  return typeof value === "string" ? value : undefined;
}

function fieldOf(error: unknown, field: string): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    return Reflect.get(error, field);
  } catch {
    // A getter that fails has nothing to say.
    return undefined;
  }
}
