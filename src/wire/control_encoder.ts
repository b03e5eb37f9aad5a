import { type ControlItem, ControlType, type Hello } from "./control_item.ts";
import { EXCHANGE_KINDS, type ExchangeKind } from "./exchange_kind.ts";
import { type ItemWriter, Major } from "./item_writer.ts";

/**
 * Writes a control item.
 *
 * @param out Where to.
 * @param item The item.
 * @throws {TypeError} If a value in it has no encoding, or it is of an unknown kind.
 * @throws {RangeError} If a number in it is out of range, or a value crosses a limit.
 */
export function writeControlItem(out: ItemWriter, item: ControlItem): void {
  out.head(Major.ARRAY, 2);
  switch (item.kind) {
    case "hello":
      out.integer(ControlType.HELLO);
      writeHello(out, item);
      return;
    case "ping":
    case "pong":
      out.integer(item.kind === "ping" ? ControlType.PING : ControlType.PONG);
      out.head(Major.MAP, 1);
      writeNumber(out, 0, "value", item.value);
      return;
    case "goaway":
      out.integer(ControlType.GOAWAY);
      out.head(Major.MAP, 1 + count(item.code) + count(item.message));
      writeNumber(out, 0, "lastOperation", item.lastOperation);
      writeValue(out, 1, item.code);
      writeValue(out, 2, item.message);
      return;
    case "end":
      out.integer(ControlType.END);
      out.head(Major.MAP, count(item.code) + count(item.message));
      writeValue(out, 0, item.code);
      writeValue(out, 1, item.message);
      return;
    case "part":
      out.integer(ControlType.PART);
      out.head(Major.MAP, 2 + count(item.exchangeId));
      writeValue(out, 0, item.exchangeId);
      writeNumber(out, 1, "number", item.number);
      writeNumber(out, 2, "byteLength", item.byteLength);
      return;
    case "taken":
      out.integer(ControlType.TAKEN);
      out.head(Major.MAP, 1);
      writeNumber(out, 0, "byteLength", item.byteLength, 1);
      return;
    default:
      throw new TypeError(`Cannot encode a control item of kind "${item.kind}"`);
  }
}

function writeHello(out: ItemWriter, hello: Hello): void {
  const { versions, exchange, maxFrameBytes, maxOperations, heartbeatMs, exchangeId, offers } = hello;
  const optional = [exchange, maxFrameBytes, maxOperations, heartbeatMs, exchangeId, offers];
  out.head(Major.MAP, 1 + optional.filter((value) => value !== undefined).length);
  out.integer(0);
  out.head(Major.ARRAY, versions.length);
  for (const version of versions) out.integer(checked("versions", version));
  if (exchange !== undefined) writeNumber(out, 1, "exchange", EXCHANGE_KINDS.indexOf(exchange));
  if (maxFrameBytes !== undefined) writeNumber(out, 2, "maxFrameBytes", maxFrameBytes, 1);
  if (maxOperations !== undefined) writeNumber(out, 3, "maxOperations", maxOperations, 1);
  if (heartbeatMs !== undefined) writeNumber(out, 4, "heartbeatMs", heartbeatMs, 1);
  writeValue(out, 5, exchangeId);
  if (offers !== undefined) writeOffers(out, offers);
}

function writeOffers(out: ItemWriter, offers: readonly ExchangeKind[]): void {
  out.integer(6);
  out.head(Major.ARRAY, offers.length);
  for (const offer of offers) out.integer(checked("offers", EXCHANGE_KINDS.indexOf(offer)));
}

function count(value: unknown): number {
  return value === undefined ? 0 : 1;
}

function checked(name: string, value: number, minimum = 0): number {
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  throw new RangeError(`Cannot encode "${name}" of a control item: expected an integer from ${minimum}, got ${value}`);
}

function writeNumber(out: ItemWriter, key: number, name: string, value: number, minimum = 0): void {
  out.integer(key);
  out.integer(checked(name, value, minimum));
}

function writeValue(out: ItemWriter, key: number, value: unknown): void {
  if (value === undefined) return;
  out.integer(key);
  out.value(value);
}
