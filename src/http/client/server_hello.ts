import { type Hello, PROTOCOL_VERSION } from "../../wire/mod.ts";
import { peerFrameProblem } from "../exchange/exchange_settings.ts";

/** Finds what is wrong with a server's hello; `undefined` if nothing is. */
export function checkServerHello({ versions, maxFrameBytes }: Hello): string | undefined {
  if (versions.length !== 1 || versions[0] !== PROTOCOL_VERSION) {
    const chosen = versions.length === 0 ? "none" : versions.join(", ");
    return `Cannot begin the exchange: the server chose version ${chosen}, ${PROTOCOL_VERSION} was offered`;
  }
  return peerFrameProblem(maxFrameBytes);
}
