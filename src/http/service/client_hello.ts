import { chooseVersion, type ExchangeKind, type Hello, PROTOCOL_VERSION } from "../../wire/mod.ts";
import { peerFrameProblem } from "../exchange/exchange_settings.ts";

/** Finds what is wrong with a client's hello, where these kinds of exchange can be had; `undefined` if nothing is. */
export function checkClientHello(
  { versions, exchange, maxFrameBytes }: Hello,
  kinds: readonly ExchangeKind[],
): string | undefined {
  if (chooseVersion(versions) === undefined) {
    return `Cannot open an exchange: expected a hello that offers version ${PROTOCOL_VERSION}, ` +
      `got one with ${versions.join(", ") || "none"}`;
  }
  if (exchange === undefined || !kinds.includes(exchange)) {
    return `Cannot open an exchange: expected a ${kinds.join(" or a ")} one, got ${exchange ?? "none"}`;
  }
  return peerFrameProblem(maxFrameBytes);
}
