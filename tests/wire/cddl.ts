/**
 * As much of CDDL (RFC 8610) as PROTOCOL.md uses, and as much of CBOR as that needs, written for nothing but to hold the
 * document and the vectors against each other.
 *
 * @module
 */

/** A CBOR item without any interpretation. */
export interface Item {
  readonly major: number;
  readonly info: number;
  readonly argument: bigint;
  readonly bytes: Uint8Array;
  readonly items: readonly Item[];
}

/**
 * Reads a sequence of items.
 *
 * @param bytes The sequence.
 * @returns The items.
 */
export function readItems(bytes: Uint8Array): Item[] {
  const items: Item[] = [];
  let offset = 0;

  function next(): Item {
    const initial = bytes[offset++]!;
    const [major, info] = [initial >> 5, initial & 0x1f];
    let argument = BigInt(info);
    if (info > 23) {
      argument = 0n;
      for (let i = 0; i < 1 << (info - 24); i++) argument = argument * 256n + BigInt(bytes[offset++]!);
    }
    const start = offset;
    if (major === 2 || major === 3) offset += Number(argument);
    const children = major === 4 ? Number(argument) : major === 5 ? Number(argument) * 2 : major === 6 ? 1 : 0;
    const content = bytes.subarray(start, offset);
    return { major, info, argument, bytes: content, items: Array.from({ length: children }, next) };
  }

  while (offset < bytes.length) items.push(next());
  return items;
}

type Matcher = (item: Item) => boolean;

interface Entry {
  readonly least: number;
  readonly most: number;
  readonly key: Matcher | undefined;
  readonly group: readonly Entry[] | undefined;
  readonly type: Matcher;
}

const TOKEN = /\s+|;[^\n]*|(-?\d+|[a-z][a-z0-9-]*|\.\.|\.cbor|=>|#6\.\d+|[=\/\[\]{}():,?*+&])/gy;

const PRELUDE: Readonly<Record<string, Matcher>> = {
  any: () => true,
  int: ({ major }) => major <= 1,
  bytes: ({ major }) => major === 2,
  text: ({ major }) => major === 3,
  bool: ({ major, info }) => major === 7 && (info === 20 || info === 21),
  null: ({ major, info }) => major === 7 && info === 22,
  undefined: ({ major, info }) => major === 7 && info === 23,
  float: ({ major, info }) => major === 7 && info >= 25 && info <= 27,
};

function integerOf({ major, argument }: Item): bigint | undefined {
  return major === 0 ? argument : major === 1 ? -1n - argument : undefined;
}

/** Parses rules into functions that tell whether an item is of a rule. */
export class Cddl {
  readonly #tokens: string[];
  #at = 0;
  readonly #rules: Map<string, Matcher> = new Map(Object.entries(PRELUDE));

  /**
   * Parses rules.
   *
   * @param source The rules.
   */
  constructor(source: string) {
    this.#tokens = Array.from(source.matchAll(TOKEN), ([, token]) => token).filter((token) => token !== undefined);
    if (source.replaceAll(TOKEN, "") !== "") throw new Error(`No CDDL: ${source.replaceAll(TOKEN, "").slice(0, 40)}`);
    while (this.#at < this.#tokens.length) this.#rule();
  }

  /**
   * Tells whether an item is of a rule.
   *
   * @param rule The rule's name.
   * @param item The item.
   * @returns Whether it is.
   */
  matches(rule: string, item: Item): boolean {
    const matcher = this.#rules.get(rule);
    if (matcher === undefined) throw new Error(`There is no rule "${rule}"`);
    return matcher(item);
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? "";
  }

  #take(expected?: string): string {
    const token = this.#peek();
    if (token === "" || (expected !== undefined && token !== expected)) {
      throw new Error(`Expected ${expected ?? "a token"}, got "${token}" after "${this.#peek(-1)}"`);
    }
    this.#at += 1;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #rule(): void {
    const name = this.#take();
    this.#take("=");
    if (this.#rules.has(name)) throw new Error(`There are two rules "${name}"`);
    this.#rules.set(name, this.#type());
  }

  #type(): Matcher {
    const choices = [this.#choice()];
    while (this.#skip("/")) choices.push(this.#choice());
    return (item) => choices.some((choice) => choice(item));
  }

  #choice(): Matcher {
    const token = this.#peek();
    if (/^-?\d/.test(token)) return this.#range();
    const left = this.#operand();
    if (!this.#skip(".cbor")) return left;
    const right = this.#operand();
    return (item) => {
      const content = left(item) ? readItems(item.bytes) : [];
      return content.length === 1 && right(content[0]!);
    };
  }

  #range(): Matcher {
    const least = BigInt(this.#take());
    const most = this.#skip("..") ? BigInt(this.#take()) : least;
    return (item) => {
      const integer = integerOf(item);
      return integer !== undefined && integer >= least && integer <= most;
    };
  }

  #operand(): Matcher {
    const token = this.#take();
    if (token === "[") return this.#array(this.#group("]"));
    if (token === "{") return this.#map(this.#group("}"));
    if (token === "&") {
      this.#take("(");
      const entries = this.#group(")");
      return (item) => entries.some(({ type }) => type(item));
    }
    if (!token.startsWith("#6.")) return (item) => this.matches(token, item);
    const tag = BigInt(token.slice(3));
    this.#take("(");
    const content = this.#type();
    this.#take(")");
    return ({ major, argument, items }) => major === 6 && argument === tag && content(items[0]!);
  }

  #group(end: string): Entry[] {
    const entries: Entry[] = [];
    while (!this.#skip(end)) {
      entries.push(this.#entry());
      this.#skip(",");
    }
    return entries;
  }

  #entry(): Entry {
    const occurrence = ["?", "*", "+"].includes(this.#peek()) ? this.#take() : "";
    const least = occurrence === "" || occurrence === "+" ? 1 : 0;
    const most = occurrence === "" || occurrence === "?" ? 1 : Infinity;
    if (this.#skip("(")) return { least, most, key: undefined, group: this.#group(")"), type: () => false };
    if (this.#peek(1) === ":") {
      const name = this.#take();
      this.#take(":");
      const key: Matcher = (item) => /^\d/.test(name) && integerOf(item) === BigInt(name);
      return { least, most, key, group: undefined, type: this.#type() };
    }
    const first = this.#type();
    if (!this.#skip("=>")) return { least, most, key: undefined, group: undefined, type: first };
    return { least, most, key: first, group: undefined, type: this.#type() };
  }

  #array(entries: readonly Entry[]): Matcher {
    return ({ major, items }) => major === 4 && consume(entries, items, 0) === items.length;
  }

  #map(entries: readonly Entry[]): Matcher {
    return ({ major, items }) => {
      if (major !== 5) return false;
      const counts = entries.map(() => 0);
      for (let i = 0; i < items.length; i += 2) {
        const index = entries.findIndex(({ key }) => key?.(items[i]!));
        // The first entry whose key fits decides, as the cut of ":" has it.
        if (index < 0 || !entries[index]!.type(items[i + 1]!)) return false;
        counts[index]! += 1;
      }
      return entries.every(({ least, most }, i) => counts[i]! >= least && counts[i]! <= most);
    };
  }
}

/** Takes as many items as the entries can, each as often as it can, and returns where it stopped; -1 if they do not fit. */
function consume(entries: readonly Entry[], items: readonly Item[], start: number): number {
  let at = start;
  for (const { least, most, group, type } of entries) {
    let count = 0;
    while (count < most && at < items.length) {
      const next = group !== undefined ? consume(group, items, at) : type(items[at]!) ? at + 1 : -1;
      if (next < 0) break;
      at = next;
      count += 1;
    }
    if (count < least) return -1;
  }
  return at;
}
