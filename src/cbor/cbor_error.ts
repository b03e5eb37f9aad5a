/** Levels of a place that a message names: enough to find it. */
const MAX_PLACE_LEVELS = 8;
/** Characters of a key that a message shows. */
const MAX_KEY_CHARACTERS = 40;

/** Adds the level around what is known of the place of an error; of no use to anyone but the codec. */
let addLevel: (error: CborError, segment: string) => void;

/**
 * Bytes that are not the CBOR that the strict profile allows (PROTOCOL.md §4), or a value that has no such bytes.
 *
 * The message says what is wrong and where: `Cannot decode the value at items[3].price: …`.
 */
export class CborError extends Error {
  /** The class name, for logs. */
  override readonly name = "CborError";
  /** What is wrong, without the place. */
  readonly reason: string;
  /** Where, counted from the start of the bytes that were given; `undefined` while a value is encoded. */
  readonly offset: number | undefined;
  /** The limit that was crossed, by the name of its option; `undefined` if it is wrong under any limit. */
  readonly limit: string | undefined;
  readonly #place: string[] = [];

  /**
   * Makes the error.
   *
   * @param reason What is wrong, as a clause without a period.
   * @param offset Where it was found, counted from the start of the bytes that are read; none while a value is encoded.
   * @param limit The name of the limit that was crossed, if it was one.
   */
  constructor(reason: string, offset?: number, limit?: string) {
    super(messageOf(reason, offset, ""));
    this.reason = reason;
    this.offset = offset;
    this.limit = limit;
  }

  /** Where in the value it is, from the outermost level, as `items[3].price`; empty for the value itself. */
  get place(): string {
    const shown = this.#place.slice(0, MAX_PLACE_LEVELS).join("").replace(/^\./, "");
    return this.#place.length > MAX_PLACE_LEVELS ? `${shown}…` : shown;
  }

  /** What is wrong, with the place if there is one: `at items[3].price: …`. */
  get explanation(): string {
    const { place } = this;
    return place === "" ? this.reason : `at ${place}: ${this.reason}`;
  }

  static {
    addLevel = (error, segment) => {
      error.#place.unshift(segment);
      error.message = messageOf(error.reason, error.offset, error.place);
    };
  }
}

function messageOf(reason: string, offset: number | undefined, place: string): string {
  const at = place === "" ? "" : ` at ${place}`;
  return offset === undefined
    ? `Cannot encode the value${at}: ${reason}`
    : `Cannot decode the value${at}, byte ${offset}: ${reason}`;
}

/**
 * What to throw where something within a container went wrong: the same error, with its place.
 *
 * @param error What was thrown.
 * @param segment Which part of the container it is, as the message shows it.
 */
export function located(error: unknown, segment: string): unknown {
  if (error instanceof CborError) addLevel(error, segment);
  return error;
}

/** How a message shows a property. */
export function propertyText(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && name.length <= MAX_KEY_CHARACTERS
    ? `.${name}`
    : `[${keyText(name)}]`;
}

/** How a message shows what a `Map` has for a key. */
export function entryText(key: unknown): string {
  return `.get(${keyText(key)})`;
}

function keyText(key: unknown): string {
  if (typeof key === "object" && key !== null) return "…";
  if (typeof key !== "string") return String(key);
  return JSON.stringify(key.length > MAX_KEY_CHARACTERS ? `${key.slice(0, MAX_KEY_CHARACTERS)}…` : key);
}
