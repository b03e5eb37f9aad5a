// @ts-check
import { ticketlinkPeer } from "./ticketlink_peer.mjs";

/** We, with a plain request for each call, as browsers and every first call have it. */
export const peer = ticketlinkPeer("bytesSerializer", "single");
