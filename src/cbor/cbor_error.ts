/** Levels of a place that a message names: enough to find it. */
const MAX_PLACE_LEVELS = 8;
/** Characters of a key that a message shows. */
const MAX_KEY_CHARACTERS = 40;

/** Where in a value something is: a property or an index, or how a `Map` or `Set` leads there. */
export type PlaceSegment =
  | string
  | number
  | { readonly kind: "get"; readonly key: unknown }
  | { readonly kind: "key" | "member"; readonly index: number };

/** Adds the level around what is known of the place of an error; of no use to anyone but the codec. */
let addLevel: (error: CborError, segment: PlaceSegment) => void;

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
  readonly #place: PlaceSegment[] = [];

  /**
   * Makes the error.
   *
   * @param reason What is wrong, as a clause without a period.
   * @param offset Where it was found, counted from the start of the bytes that are read; none while a value is encoded.
   * @param limit The name of the limit that was crossed, if it was one.
   */
  constructor(reason: string, offset?: number, limit?: string) {
    super();
    this.reason = reason;
    this.offset = offset;
    this.limit = limit;
    this.#describe();
  }

  /** Where in the value it is, from the outermost level, as `items[3].price`; empty for the value itself. */
  get place(): string {
    const shown = this.#place.slice(0, MAX_PLACE_LEVELS).map(segmentText).join("");
    const more = this.#place.length > MAX_PLACE_LEVELS ? "…" : "";
    return (shown.startsWith(".") ? shown.slice(1) : shown) + more;
  }

  /** What is wrong, with the place if there is one: `at items[3].price: …`. */
  get explanation(): string {
    const { place } = this;
    return place === "" ? this.reason : `at ${place}: ${this.reason}`;
  }

  static {
    addLevel = (error, segment) => {
      error.#place.unshift(segment);
      error.#describe();
    };
  }

  #describe(): void {
    const { place, offset } = this;
    const action = offset === undefined ? "encode" : "decode";
    const at = place === "" ? "" : ` at ${place}`;
    const byte = offset === undefined ? "" : `, byte ${offset}`;
    // Not the enumerable own property that an assignment would make.
    Object.defineProperty(this, "message", {
      value: `Cannot ${action} the value${at}${byte}: ${this.reason}`,
      configurable: true,
      writable: true,
    });
  }
}

function segmentText(segment: PlaceSegment): string {
  if (typeof segment === "number") return `[${segment}]`;
  if (typeof segment === "string") {
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(segment) && segment.length <= MAX_KEY_CHARACTERS
      ? `.${segment}`
      : `[${keyText(segment)}]`;
  }
  return segment.kind === "get" ? `.get(${keyText(segment.key)})` : `.${segment.kind}(${segment.index})`;
}

function keyText(key: unknown): string {
  if (typeof key === "object" && key !== null) return "…";
  if (typeof key !== "string") return String(key);
  return JSON.stringify(key.length > MAX_KEY_CHARACTERS ? `${key.slice(0, MAX_KEY_CHARACTERS)}…` : key);
}

/**
 * What to throw where something within a container went wrong: the same error, with its place.
 *
 * @param error What was thrown.
 * @param segment Which part of the container it is.
 */
export function located(error: unknown, segment: PlaceSegment): unknown {
  if (error instanceof CborError) addLevel(error, segment);
  return error;
}
