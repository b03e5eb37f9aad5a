import { DEFAULT_CBOR_LIMITS } from "../cbor/profile.ts";
import { CONTROL_LAYOUTS, type ControlField, type ControlLayout } from "./control_fields.ts";
import type { ControlItem } from "./control_item.ts";
import type { ItemReader } from "./item_reader.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";

/**
 * Writes a control item.
 *
 * @param out Where to.
 * @param item The item.
 * @throws {TypeError} If a value in it has no encoding, or it is of an unknown kind.
 * @throws {RangeError} If a number in it is out of range, or a value crosses a limit.
 */
export function writeControlItem(out: ItemWriter, item: ControlItem): void {
  const layout = CONTROL_LAYOUTS.find(({ kind }) => kind === item.kind);
  if (layout === undefined) throw new TypeError(`Cannot encode a control item of kind "${item.kind}"`);
  const values: Readonly<Record<string, unknown>> = { ...item };
  const isSaid = ({ name, isRequired }: ControlField) => values[name] !== undefined || isRequired;
  out.head(Major.ARRAY, 2);
  out.integer(layout.type);
  out.head(Major.MAP, layout.fields.filter(isSaid).length);
  layout.fields.forEach((field, key) => {
    if (!isSaid(field)) return;
    out.integer(key);
    // The layout holds the form to the item's type.
    field.form.write(out, values[field.name] as never, field.what, DEFAULT_CBOR_LIMITS);
  });
}

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
  const layout = CONTROL_LAYOUTS.find((layout) => layout.type === type);
  if (layout === undefined) {
    reader.rest();
    return { kind: "unknown", type };
  }
  if (count !== 2) reader.fail(`a control item has ${count} items instead of 2`);
  const item = readFields(reader, layout) as ControlItem; // the layout names its fields, and their forms read their types
  reader.finish();
  return item;
}

/** A control item as it is read: fields of any name. */
interface ReadItem extends Record<string, unknown> {
  readonly kind: ControlItem["kind"];
}

/** Reads a map with integer keys; those that this version does not know are passed over. */
function readFields(reader: ItemReader, { kind, fields }: ControlLayout): ReadItem {
  const start = reader.offset;
  const values: ReadItem = { kind };
  for (let count = reader.fields(`the content of ${kind}`); count > 0; count--) {
    const field = fields[reader.key(fields.length)];
    if (field === undefined) reader.skip();
    else values[field.name] = field.form.read(reader, field.what);
  }
  for (const { name, what, isRequired } of fields) {
    if (isRequired && values[name] === undefined) reader.fail(`${what} is missing`, start);
  }
  return values;
}
