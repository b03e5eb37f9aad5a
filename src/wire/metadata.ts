import { isBytes } from "../links/foreign_value.ts";
import { CborError } from "../cbor/cbor_error.ts";
import type { Metadata } from "../links/ticket.ts";
import type { ItemReader } from "./item_reader.ts";
import { type ItemWriter, Major } from "../cbor/item_writer.ts";

/**
 * Writes metadata: one flat array, key and value in turn (PROTOCOL.md §5).
 *
 * @param out Where to.
 * @param metadata The pairs.
 * @throws {TypeError} If a key is not text or a value neither text nor bytes.
 */
export function writeMetadata(out: ItemWriter, metadata: Metadata): void {
  out.head(Major.ARRAY, metadata.length * 2);
  for (const [key, value] of metadata) {
    if (typeof key !== "string") throw new TypeError(`Cannot encode the metadata: a key is of type ${typeof key}`);
    out.text(key);
    if (typeof value === "string") out.text(value);
    else if (isBytes(value)) out.byteString(value);
    else throw new TypeError(`Cannot encode the metadata: the value of "${key}" is of type ${typeof value}`);
  }
}

/**
 * Reads metadata.
 *
 * @param reader Where from.
 * @param maxBytes How many bytes of the limit are left for it.
 * @returns The pairs. Bytes are copies, as they outlive the chunk.
 * @throws {CborError} If there is none, or it crosses the limit.
 */
export function readMetadata(reader: ItemReader, maxBytes: number): Metadata {
  const start = reader.offset;
  const count = reader.head(Major.ARRAY, "metadata");
  if (count % 2 !== 0) throw new CborError(`metadata has ${count} items, which make no pairs`, start);
  const pairs: [string, string | Uint8Array][] = [];
  for (let i = 0; i < count; i += 2) {
    const key = reader.text("a metadata key");
    pairs.push([
      key,
      reader.isText() ? reader.text("a metadata value") : reader.byteString("a metadata value").slice(),
    ]);
    if (reader.offset - start > maxBytes) {
      const limit = reader.limits.maxMetadataBytes;
      throw new CborError(
        `the metadata of a ticket is above ${limit} bytes (maxMetadataBytes)`,
        start,
        "maxMetadataBytes",
      );
    }
  }
  return pairs;
}
