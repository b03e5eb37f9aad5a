import { Code } from "../links/code.ts";
import { WireError } from "./wire_error.ts";

/**
 * The types of fragments, where control items have theirs: -7 to -15 are kept for acknowledgement and resumption. The
 * second is one whose sender wants to hear that it has been taken.
 */
export const FragmentType: Readonly<{ PLAIN: -16; ASKING: -17 }> = Object.freeze({ PLAIN: -16, ASKING: -17 });

/** The array that every fragment is. */
export const ARRAY_OF_FOUR = 0x84;
/** The types; heads are the shortest, so nothing else begins so. */
export const PLAIN = 0x2f;
export const ASKING = 0x30;
/** The longest that a fragment has before its bytes: the array and the type, and three heads of up to nine bytes. */
export const MAX_FRAGMENT_ENVELOPE_BYTES = 29;

/**
 * Tells whether the content of a frame begins as that of a fragment.
 *
 * @param bytes Where it lies.
 * @param start Its first byte; at least two are present.
 * @returns Whether it does.
 */
export function beginsFragment(bytes: Uint8Array, start: number): boolean {
  const type = bytes[start + 1];
  return bytes[start] === ARRAY_OF_FOUR && (type === PLAIN || type === ASKING);
}

/** A fragment without its bytes. */
export interface FragmentHead {
  /** Its operation. */
  readonly operation: number;
  /** How many bytes of the ticket it has. */
  readonly length: number;
  /** How many follow in later fragments. */
  readonly restBytes: number;
}

/**
 * Makes the error that fragments deserve which do not belong together.
 *
 * @param reason What is wrong.
 * @param code `INTERNAL`, unless a limit is crossed.
 * @returns The error.
 */
export function fragmentError(reason: string, code: Code = Code.INTERNAL): WireError {
  return new WireError(`Cannot join fragments: ${reason}`, { code, scope: "exchange" });
}
