/** The media type of a body that is a CBOR sequence (RFC 8742) of frames (PROTOCOL.md §3). */
export const MEDIA_TYPE = "application/vnd.ticketlink+cbor-seq";

/** The version of the protocol that this library speaks (PROTOCOL.md §6). */
export const PROTOCOL_VERSION = 1;

/**
 * Picks the version of an exchange from those that the client offers in its hello.
 *
 * @param offered What the hello lists, in any order.
 * @returns The version, or `undefined` if there is none that both sides speak.
 */
export function chooseVersion(offered: readonly number[]): number | undefined {
  return offered.includes(PROTOCOL_VERSION) ? PROTOCOL_VERSION : undefined;
}
