import type { Peer, PeerClient } from "../peers/peer.ts";
import type { ProcessState } from "./process_state.mjs";

/** What the server's process tells of itself. */
export interface ServerState extends ProcessState {
  /** Messages that its streams have handed over so far. */
  readonly produced: number;
}

/** What a work has at hand in the client's process. */
export interface Session {
  readonly peer: Peer;
  readonly client: PeerClient;
  /** One more client, to which every byte comes in a chunk of its own. */
  connectBytewise(): Promise<PeerClient>;
  /** The client's own process, without garbage if asked for. */
  clientState(options?: { collectsGarbage?: boolean }): Promise<ProcessState>;
  /** The server's process, likewise. */
  serverState(options?: { collectsGarbage?: boolean }): Promise<ServerState>;
}

/** What a round measures, by the names of the work's metrics. */
export type Measures = Readonly<Record<string, number>>;
