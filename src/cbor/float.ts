const SCRATCH = new DataView(new ArrayBuffer(8));

/**
 * Reads a float item (RFC 8949 §3.3).
 *
 * @param bytes Where it lies.
 * @param offset Its initial byte: 0xf9, 0xfa or 0xfb, with all its bytes present.
 * @returns The number.
 */
export function readFloat(bytes: Uint8Array, offset: number): number {
  const size = 1 << (bytes[offset]! - 0xf8);
  for (let i = 0; i < size; i++) SCRATCH.setUint8(i, bytes[offset + 1 + i]!);
  if (size === 8) return SCRATCH.getFloat64(0);
  return size === 4 ? SCRATCH.getFloat32(0) : half(SCRATCH.getUint16(0));
}

/** RFC 8949 appendix D. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}
