import { CborError } from "../cbor/mod.ts";
import { type ControlItem, ControlType, type Hello } from "./control_item.ts";
import { EXCHANGE_KINDS, type ExchangeKind } from "./exchange_kind.ts";
import type { ItemReader } from "./item_reader.ts";
import { Major } from "./item_writer.ts";

/** Bytes of the longest exchange id that is taken; a server makes its own of 16. */
const MAX_EXCHANGE_ID_BYTES = 64;

/**
 * Reads what follows the type in a control item.
 *
 * @param reader Where from.
 * @param type The type, a negative integer.
 * @param count How many items the control item's array has.
 * @returns The control item; one of a type that this version does not know is passed over.
 * @throws {CborError} If it is malformed or crosses a limit.
 */
export function readControlItem(reader: ItemReader, type: number, count: number): ControlItem {
  if (type < ControlType.PART && type !== ControlType.TAKEN) {
    reader.rest();
    return { kind: "unknown", type };
  }
  if (count !== 2) throw new CborError(`a control item has ${count} items instead of 2`, reader.offset);
  const item = readKnown(reader, type);
  reader.finish();
  return item;
}

function readKnown(reader: ItemReader, type: number): ControlItem {
  switch (type) {
    case ControlType.HELLO:
      return readHello(reader);
    case ControlType.PING:
      return { kind: "ping", value: readValueOfPing(reader) };
    case ControlType.PONG:
      return { kind: "pong", value: readValueOfPing(reader) };
    case ControlType.GOAWAY:
      return readGoaway(reader);
    case ControlType.END:
      return readEnd(reader);
    case ControlType.PART:
      return readPart(reader);
    default:
      return readTaken(reader);
  }
}

/** Reads a map with integer keys; `read` takes the value of a key, or leaves it where it is and returns false. */
function readEntries(reader: ItemReader, what: string, read: (key: number) => boolean): void {
  const count = reader.head(Major.MAP, what);
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const keyAt = reader.offset;
    const key = reader.integer(`a key of ${what}`);
    const bit = key >= 0 && key < 31 ? 1 << key : 0;
    if ((seen & bit) !== 0) throw new CborError(`${what} has key ${key} twice`, keyAt);
    seen |= bit;
    if (!read(key)) reader.skip();
  }
}

function readHello(reader: ItemReader): Hello {
  const start = reader.offset;
  let versions: number[] | undefined;
  let exchange: ExchangeKind | undefined;
  let exchangeId: Uint8Array | undefined;
  let offers: ExchangeKind[] | undefined;
  const numbers: (number | undefined)[] = [undefined, undefined, undefined];
  readEntries(reader, "the hello", (key) => {
    if (key === 0) versions = readVersions(reader);
    else if (key === 1) exchange = readExchangeKind(reader);
    else if (key >= 2 && key <= 4) numbers[key - 2] = readPositive(reader, key);
    else if (key === 5) exchangeId = readExchangeId(reader);
    else if (key === 6) offers = readOffers(reader);
    else return false;
    return true;
  });
  if (versions === undefined) throw new CborError("the hello names no versions", start);
  const [maxFrameBytes, maxOperations, heartbeatMs] = numbers;
  return { kind: "hello", versions, exchange, maxFrameBytes, maxOperations, heartbeatMs, exchangeId, offers };
}

function readVersions(reader: ItemReader): number[] {
  const count = reader.head(Major.ARRAY, "the versions of the hello");
  const versions: number[] = [];
  for (let i = 0; i < count; i++) versions.push(reader.head(Major.UNSIGNED, "a version of the hello"));
  return versions;
}

function readExchangeKind(reader: ItemReader): ExchangeKind {
  const start = reader.offset;
  const number = reader.head(Major.UNSIGNED, "the exchange kind of the hello");
  const kind = EXCHANGE_KINDS[number];
  if (kind === undefined) throw new CborError(`the hello names exchange kind ${number}, which does not exist`, start);
  return kind;
}

/** Kinds of later versions are passed over. */
function readOffers(reader: ItemReader): ExchangeKind[] {
  const count = reader.head(Major.ARRAY, "the offers of the hello");
  const offers: ExchangeKind[] = [];
  for (let i = 0; i < count; i++) {
    const kind = EXCHANGE_KINDS[reader.head(Major.UNSIGNED, "an offer of the hello")];
    if (kind !== undefined) offers.push(kind);
  }
  return offers;
}

/** A copy: the exchange outlives the chunk. */
function readExchangeId(reader: ItemReader): Uint8Array {
  const start = reader.offset;
  const id = reader.value();
  if (!(id instanceof Uint8Array) || id.length === 0 || id.length > MAX_EXCHANGE_ID_BYTES) {
    throw new CborError(`an exchange id is not 1 to ${MAX_EXCHANGE_ID_BYTES} bytes`, start);
  }
  return id.slice();
}

function readPositive(reader: ItemReader, key: number): number {
  const start = reader.offset;
  const number = reader.head(Major.UNSIGNED, `number ${key} of the hello`);
  if (number === 0) throw new CborError(`number ${key} of the hello is 0`, start);
  return number;
}

function readValueOfPing(reader: ItemReader): number {
  const start = reader.offset;
  let value: number | undefined;
  readEntries(reader, "the ping or pong", (key) => {
    if (key !== 0) return false;
    value = reader.head(Major.UNSIGNED, "the value of a ping or pong");
    return true;
  });
  if (value === undefined) throw new CborError("a ping or pong has no value", start);
  return value;
}

function readGoaway(reader: ItemReader): ControlItem {
  const start = reader.offset;
  let lastOperation: number | undefined;
  let code: unknown;
  let message: unknown;
  readEntries(reader, "the goaway", (key) => {
    if (key === 0) lastOperation = reader.head(Major.UNSIGNED, "the last operation of a goaway");
    else if (key === 1) code = reader.value();
    else if (key === 2) message = reader.value();
    else return false;
    return true;
  });
  if (lastOperation === undefined) throw new CborError("a goaway names no last operation", start);
  return { kind: "goaway", lastOperation, code, message };
}

function readEnd(reader: ItemReader): ControlItem {
  let code: unknown;
  let message: unknown;
  readEntries(reader, "the end", (key) => {
    if (key === 0) code = reader.value();
    else if (key === 1) message = reader.value();
    else return false;
    return true;
  });
  return { kind: "end", code, message };
}

function readPart(reader: ItemReader): ControlItem {
  const start = reader.offset;
  let exchangeId: Uint8Array | undefined;
  let number: number | undefined;
  let byteLength: number | undefined;
  readEntries(reader, "the part", (key) => {
    if (key === 0) exchangeId = readExchangeId(reader);
    else if (key === 1) number = reader.head(Major.UNSIGNED, "the number of a part");
    else if (key === 2) byteLength = reader.head(Major.UNSIGNED, "the length of a part");
    else return false;
    return true;
  });
  if (number === undefined || byteLength === undefined) throw new CborError("a part has no number or no length", start);
  return { kind: "part", exchangeId, number, byteLength };
}

function readTaken(reader: ItemReader): ControlItem {
  const start = reader.offset;
  let byteLength = 0;
  readEntries(reader, "the taken item", (key) => {
    if (key !== 0) return false;
    byteLength = reader.head(Major.UNSIGNED, "the length of a taken item");
    return true;
  });
  if (byteLength === 0) throw new CborError("a taken item names no bytes", start);
  return { kind: "taken", byteLength };
}
