// @ts-check
import { ticketlinkPeer } from "./ticketlink_peer.mjs";

/** We, with what a contract does that says nothing of serializers. */
export const peer = ticketlinkPeer("cborSerializer");
