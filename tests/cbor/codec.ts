/** The codec as users have it: the default serializer, and the one with other options. */
import { cborSerializer, cborSerializerWith } from "../../mod.ts";
import { CborError, type CborOptions } from "../../src/links/mod.ts";

/**
 * The bytes of a value.
 *
 * @param value The value.
 * @param options Other options than the defaults.
 * @returns The bytes.
 */
export function encode(value: unknown, options?: CborOptions): Uint8Array {
  return (options === undefined ? cborSerializer : cborSerializerWith(options)).serialize(value);
}

/**
 * The value of bytes.
 *
 * @param bytes The bytes.
 * @param options Other options than the defaults.
 * @returns The value.
 */
export function decode(bytes: Uint8Array, options?: CborOptions): unknown {
  return (options === undefined ? cborSerializer : cborSerializerWith(options)).deserialize(bytes);
}

/** The error of bytes that must be refused; any other error goes on. */
export function refusal(bytes: Uint8Array, options?: CborOptions): CborError | undefined {
  try {
    decode(bytes, options);
    return undefined;
  } catch (error) {
    if (error instanceof CborError) return error;
    throw error;
  }
}
