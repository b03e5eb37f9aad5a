import { type TransportLawOptions, transportLaws, type TransportPair } from "../../src/testing/mod.ts";
import { openRequests, openSocket } from "./carriers.ts";

type Sides = NonNullable<TransportLawOptions["showsFailureOf"]>;

/** Each carrier, and the sides whose failures it can tell from their ends. */
const CARRIERS: readonly (readonly [name: string, open: () => Promise<TransportPair>, showsFailureOf: Sides])[] = [
  ["a duplex in memory", () => openRequests("duplex", "in memory"), ["client"]],
  ["a duplex over loopback", () => openRequests("duplex", "over loopback"), []],
  ["a pair in memory", () => openRequests("pair", "in memory"), []],
  ["a pair over loopback", () => openRequests("pair", "over loopback"), []],
  ["a socket in memory", () => openSocket("in memory"), ["client", "server"]],
  ["a socket over loopback", () => openSocket("over loopback"), ["client", "server"]],
];

for (const [carrier, open, showsFailureOf] of CARRIERS) {
  const quietMs = carrier.endsWith("in memory") ? 5 : 25;
  for (const { name, check } of transportLaws(open, { showsFailureOf, quietMs })) {
    Deno.test(`transportLaws() hold of ${carrier}: ${name}`, check);
  }
}
