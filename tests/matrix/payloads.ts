/** Payloads of all kinds that every way of connecting ends can carry, falsy ones among them. */
const KINDS: readonly ((name: string, index: number) => unknown)[] = [
  (name, index) => `${name} ${index}`,
  (_name, index) => new Uint8Array(index % 50).fill(index),
  (name, index) => ({ name, index, list: [index, null, true] }),
  () => 0,
  () => "",
  () => false,
  () => null,
  (_name, index) => -index / 3,
  (name, index) => new Map<unknown, unknown>([[name, index], [index, BigInt(index)]]),
];

/** Returns that many payloads, the same for the same name. */
export function payloads(name: string, count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => KINDS[index % KINDS.length]?.(name, index));
}
