// @ts-check
import { ticketlinkPeer } from "./ticketlink_peer.mjs";

/** We, with bytes as they are. */
export const peer = ticketlinkPeer("bytesSerializer");
