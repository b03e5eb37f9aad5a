import { isBytes } from "../links/foreign_value.ts";
import type { Metadata } from "../links/ticket.ts";
import { Major } from "../cbor/item_writer.ts";
import type { Form } from "./form.ts";

/**
 * Metadata: one flat array, key and value in turn (PROTOCOL.md §5). A ticket that is read has no more of it than its limit
 * allows. Bytes are read as copies, as they outlive the chunk.
 */
export const METADATA: Form<Metadata> = {
  read(reader) {
    const start = reader.offset;
    const bytesBefore = reader.metadataBytes;
    const { maxMetadataBytes } = reader.limits;
    const count = reader.head(Major.ARRAY, "metadata");
    if (count % 2 !== 0) reader.fail(`metadata has ${count} items, which make no pairs`, start);
    const pairs: [string, string | Uint8Array][] = [];
    for (let i = 0; i < count; i += 2) {
      const key = reader.text("a metadata key");
      pairs.push([
        key,
        reader.isText() ? reader.text("a metadata value") : reader.byteString("a metadata value").slice(),
      ]);
      reader.metadataBytes = bytesBefore + reader.offset - start;
      if (reader.metadataBytes > maxMetadataBytes) {
        const reason = `the metadata of a ticket is above ${maxMetadataBytes} bytes (maxMetadataBytes)`;
        reader.fail(reason, start, "maxMetadataBytes");
      }
    }
    return pairs;
  },
  write(out, metadata) {
    out.head(Major.ARRAY, metadata.length * 2);
    for (const [key, value] of metadata) {
      if (typeof key !== "string") throw new TypeError(`Cannot encode the metadata: a key is of type ${typeof key}`);
      out.text(key);
      if (typeof value === "string") out.text(value);
      else if (isBytes(value)) out.byteString(value);
      else throw new TypeError(`Cannot encode the metadata: the value of "${key}" is of type ${typeof value}`);
    }
  },
};
