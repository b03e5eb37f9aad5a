/**
 * For tests of what is built on tickets: a clock that stands still, a wire in memory, links that note, disturb or play the
 * other side. None of it does I/O.
 *
 * @example An operation that expires in no time
 * ```ts
 * import { invocationEnd, joinLinks } from "@ticketlink/ticketlink/links";
 * import { scriptedPeer, virtualClock } from "@ticketlink/ticketlink/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = virtualClock();
 * const end = invocationEnd({ clock });
 * const peer = scriptedPeer();
 * joinLinks(end, peer);
 * end.start();
 *
 * const { context } = end.operate("demo.Log", "write", { kind: "none" }, { timeout: 1_000 });
 * await peer.expectTicket({ method: "write", timeout: 1_000 });
 * await clock.advance(1_000);
 * await peer.expectExactly({ termination: "expiration" });
 * assertEquals(context.outcome()?.kind, "expired");
 * await end.stop(0);
 * ```
 *
 * @module
 */
export type { Clock, Timer } from "../clock.ts";
export { compact } from "./compact.ts";
export { type Faults, faultyLink, type FaultyLinkOptions } from "./faulty_link.ts";
export {
  type MemoryLink,
  type MemoryLinkPair,
  memoryLinkPair,
  type MemoryLinkPairOptions,
} from "./memory_link_pair.ts";
export { type RecordingLink, recordingLink, type TicketRecord, type WaitForOptions } from "./recording_link.ts";
export { type ScriptedPeer, scriptedPeer, type ScriptedPeerOptions, type ScriptedTicket } from "./scripted_peer.ts";
export { type TransportLaw, type TransportLawOptions, transportLaws, type TransportPair } from "./transport_laws.ts";
export { type VirtualClock, virtualClock } from "./virtual_clock.ts";
