/**
 * The codec beside Python's cbor2, as Debian has it (`python3-cbor2`), which knows nothing of it: cbor2 reads what the codec
 * writes, and writes it again for the codec to read; both read changed bytes. The two agree, or the difference is in the list
 * below. The last line counts: `N passed, N failed`.
 *
 * ```sh
 * deno run -A tests/cbor/oracle_cbor2.ts --seed 1
 * ```
 *
 * @module
 */
import { cborSerializer } from "../../mod.ts";
import { fromHex, toHex } from "../vectors/vectors.ts";
import {
  asBigint,
  changedBytes,
  decodedByUs,
  type KnownDifference,
  Ledger,
  REFUSED,
  refusedByUs,
  smallValue,
} from "./oracle.ts";
import { seededRandom } from "./random_value.ts";

/** Debian's own, for which the package is. */
const PYTHON = "/usr/bin/python3";
const SCRIPT = new URL("oracle_cbor2.py", import.meta.url).pathname;
const BATCHES = 20;
const VALUES = 2_500;
const CHANGED_BYTES = 2_500;

/** A value of Python that JavaScript has no kind for. */
class Foreign {
  readonly told: unknown;

  constructor(told: unknown) {
    this.told = told;
  }
}

/** Every difference that there may be; one that does not occur counts as failed. */
const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  // What cbor2 accepts and the strict profile refuses.
  {
    reason: "P4.1: cbor2 reads strings, arrays and maps of indefinite length",
    explains: refusedByUs("indefinite length"),
  },
  { reason: "P4.1: cbor2 reads a break code anywhere", explains: refusedByUs("break code where a value belongs") },
  { reason: "P4.7: cbor2 makes dates of booleans", explains: refusedByUs("date that is not a number") },
  { reason: "P4.5: cbor2 reads other keys", explains: refusedByUs("key that is not text") },
  { reason: "P4.5: cbor2 reads a key __proto__", explains: refusedByUs("key __proto__") },
  { reason: "P4.5, P4.10: cbor2 takes the last of equal keys", explains: refusedByUs("repeated key") },
  { reason: "P4.6: cbor2 reads other tags, and keeps unknown ones", explains: refusedByUs("tag outside the profile") },
  { reason: "P4.9: cbor2 knows no typed arrays", explains: refusedByUs("typed array that is not bytes") },
  { reason: "P4.9: cbor2 knows no elements", explains: refusedByUs("typed array with a part of an element") },
  { reason: "P4.10: cbor2 does not know tag 259", explains: refusedByUs("tag 259 on what is not a map") },
  { reason: "P4.11: cbor2 reads other simple values", explains: refusedByUs("simple value outside the profile") },
  // What cbor2 refuses and the profile allows.
  {
    reason: "P4.7: Python has no dates before year 1 and after year 9999",
    explains: ({ ours, theirs }) => theirs === REFUSED && datesIn(ours).some(isBeyondPython),
  },
  // What both accept.
  {
    reason: "P4.14: Python has one kind of integers, which cbor2 writes as integers of up to 64 bits",
    explains: ({ ours, theirs }) => typeof ours !== typeof theirs && asBigint(ours) === asBigint(theirs),
  },
  {
    reason: "P4.10: Python compares keys and members by their value: bytes, lists, dates, true and 1, 1 and a bigint",
    explains: ({ ours, theirs }) => isTable(ours) && isTable(theirs) && areSameInPython(ours, theirs),
  },
];

function datesIn(value: unknown): Date[] {
  if (value instanceof Date) return [value];
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  if (value instanceof Map) return [...value].flat().flatMap(datesIn);
  return (value instanceof Set ? [...value] : Object.values(value)).flatMap(datesIn);
}

function isBeyondPython(date: Date): boolean {
  return date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999;
}

type Table = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

function isTable(value: unknown): value is Table {
  return value instanceof Map || value instanceof Set;
}

/** Whether tables of different sizes have as many keys or members that are not the same in Python. */
function areSameInPython(ours: Table, theirs: Table): boolean {
  const [a, b] = [ours, theirs].map((table) => new Set(Array.from(table.keys(), textOf)));
  return ours.size !== theirs.size && a!.size === b!.size;
}

/** What the script tells of a value. */
type Told =
  | null
  | boolean
  | string
  | readonly Told[]
  | { readonly undefined: true }
  | { readonly integer: string }
  | { readonly float: string }
  | { readonly bytes: string }
  | { readonly map: readonly (readonly [Told, Told])[] }
  | { readonly set: readonly Told[] }
  | { readonly microseconds: number }
  | { readonly tag: number; readonly value: Told }
  | { readonly other: string };

/** Typed arrays by the tags of RFC 8746 for little-endian elements, which this machine has. */
const TYPED_ARRAYS = new Map<number, { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer): unknown }>([
  ...[[64, Uint8Array], [68, Uint8ClampedArray], [69, Uint16Array], [70, Uint32Array], [71, BigUint64Array]] as const,
  ...[[72, Int8Array], [77, Int16Array], [78, Int32Array], [79, BigInt64Array]] as const,
  ...[[85, Float32Array], [86, Float64Array]] as const,
]);
/** The tags of big-endian ones are 4 less. */
const BIG_ENDIAN_TAGS = [65, 66, 67, 73, 74, 75, 81, 82];

/** The typed array of a tag, if there is one. */
function typedArrayOf(tag: number, bytes: Uint8Array): unknown {
  const isBigEndian = BIG_ENDIAN_TAGS.includes(tag);
  const type = TYPED_ARRAYS.get(isBigEndian ? tag + 4 : tag);
  if (type === undefined || bytes.length % type.BYTES_PER_ELEMENT !== 0) return undefined;
  const elements = Array.from({ length: bytes.length / type.BYTES_PER_ELEMENT }, (_, i) => {
    return [...bytes.subarray(i * type.BYTES_PER_ELEMENT, (i + 1) * type.BYTES_PER_ELEMENT)];
  });
  return new type(new Uint8Array(elements.flatMap((element) => isBigEndian ? element.reverse() : element)).buffer);
}

function valueOf(told: Told): unknown {
  if (told === null || typeof told !== "object") return told;
  if (isList(told)) return told.map(valueOf);
  if ("undefined" in told) return undefined;
  if ("integer" in told) return numberIfSafe(BigInt(told.integer));
  if ("float" in told) return new DataView(fromHex(told.float).buffer).getFloat64(0);
  if ("bytes" in told) return fromHex(told.bytes);
  if ("map" in told) return Object.fromEntries(told.map.map(([key, value]) => [String(valueOf(key)), valueOf(value)]));
  if ("set" in told) return new Set(told.set.map(valueOf));
  if ("microseconds" in told) return new Date(Math.round(told.microseconds / 1000));
  return "tag" in told ? taggedValue(told.tag, told.value) : new Foreign(told);
}

function isList(told: object): told is readonly Told[] {
  return Array.isArray(told);
}

function numberIfSafe(integer: bigint): number | bigint {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function taggedValue(tag: number, told: Told): unknown {
  if (tag === 259 && told !== null && typeof told === "object" && !isList(told) && "map" in told) {
    return new Map(told.map.map(([key, value]) => [valueOf(key), valueOf(value)]));
  }
  const content = valueOf(told);
  const array = content instanceof Uint8Array ? typedArrayOf(tag, content) : undefined;
  return array ?? new Foreign({ tag, content });
}

/** The same with entries and members in an order that does not depend on that of the bytes: Python's sets have none. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value instanceof Set) return new Set(inOrder([...value].map(ordered)));
  if (value instanceof Map) return new Map(inOrder([...value].map(([key, item]) => [ordered(key), ordered(item)])));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(inOrder(Object.entries(value).map(([key, item]) => [key, ordered(item)])));
}

function inOrder<Item>(items: readonly Item[]): Item[] {
  const texts = new Map(items.map((item) => [item, textOf(item)]));
  return items.toSorted((a, b) => texts.get(a)! < texts.get(b)! ? -1 : 1);
}

/** Text that is the same for what is the same in Python. */
function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value === 0) return "0"; // also -0
  if (Array.isArray(value)) return `[${value.map(textOf)}]`;
  if (value instanceof Set) return `{${[...new Set([...value].map(textOf))].sort()}}`;
  if (value instanceof Map) return `<${textsOf([...value])}>`;
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return `(${textsOf(Object.entries(value))})`;
  }
  return typeof value === "bigint" ? String(value) : Deno.inspect(value, { iterableLimit: Infinity });
}

/** The texts of entries; the last of equal keys counts. */
function textsOf(entries: readonly (readonly [unknown, unknown])[]): string[] {
  return Array.from(new Map(entries.map(([key, value]) => [textOf(key), textOf(value)])), String).sort();
}

interface Answer {
  readonly value: unknown;
  /** The value once more, as cbor2 writes it. */
  readonly bytes: Uint8Array;
}

/** What cbor2 makes of byte strings; `undefined` if it refuses them. */
async function decodedByCbor2(batch: readonly Uint8Array[]): Promise<(Answer | undefined)[]> {
  const answers: (Answer | undefined)[] = [];
  while (answers.length < batch.length) {
    answers.push(...await answersOf(batch.slice(answers.length)));
    // Version 5.4.6 dies of text that ends early behind tag 256.
    if (answers.length < batch.length) answers.push(undefined);
  }
  return answers;
}

/** What a Python answers to byte strings, until all are answered or it dies of one. */
async function answersOf(batch: readonly Uint8Array[]): Promise<(Answer | undefined)[]> {
  const options: Deno.CommandOptions = { args: [SCRIPT], stdin: "piped", stdout: "piped", stderr: "inherit" };
  await using python = new Deno.Command(PYTHON, options).spawn();
  const lines = new Blob(batch.map((bytes) => `${toHex(bytes)}\n`)).stream();
  const written = lines.pipeTo(python.stdin).catch(() => "it has died before it has read all");
  const [{ code, signal, stdout }] = await Promise.all([python.output(), written]);
  if (code !== 0 && signal === null) throw new Error(`Python failed with ${code}; is python3-cbor2 installed?`);
  return new TextDecoder().decode(stdout).split("\n").slice(0, -1).map((line) => {
    const [told, hex] = line.split("\t");
    return hex === undefined ? undefined : { value: valueOf(JSON.parse(told!)), bytes: fromHex(hex) };
  });
}

const seed = Number(Deno.args.includes("--seed") ? Deno.args[Deno.args.indexOf("--seed") + 1] : 1);
const random = seededRandom(seed);
const ledger = new Ledger(KNOWN_DIFFERENCES);
let passed = 0;
let failed = 0;

function compare(...[bytes, from, ours, theirs]: Parameters<Ledger["compare"]>): void {
  if (ledger.compare(bytes, from, ordered(ours), ordered(theirs))) passed += 1;
  else failed += 1;
}

for (let i = 0; i < BATCHES; i++) {
  const values = Array.from({ length: VALUES }, () => smallValue(random));
  const written = values.map((value) => cborSerializer.serialize(value));
  const changed = Array.from({ length: CHANGED_BYTES }, () => changedBytes(random, cborSerializer.serialize));
  const answers = await decodedByCbor2([...written, ...changed]);
  values.forEach((value, i) => {
    const answer = answers[i];
    compare(written[i]!, "us", value, answer === undefined ? REFUSED : answer.value);
    if (answer !== undefined) compare(answer.bytes, "them", decodedByUs(answer.bytes), value);
  });
  changed.forEach((bytes, i) => {
    const answer = answers[VALUES + i];
    compare(bytes, "chance", decodedByUs(bytes), answer === undefined ? REFUSED : answer.value);
  });
}

for (const difference of ledger.unknown) console.log(`seed ${seed}: ${difference}`);
for (const reason of ledger.unused) console.log(`does not occur: ${reason}`);
failed += ledger.unused.length;
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) Deno.exit(1);
