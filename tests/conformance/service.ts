import type { Implementation, TicketHandlerOptions } from "../../src/server.ts";
import { conformanceContract } from "./contract.ts";
import { ConformanceHandlers, CRASH, MAXIMUM_TIMEOUT_MS } from "./handlers.ts";
import type { ServerLibrary } from "./library.ts";

/** Implements the service of the contract, for one server. */
export function conformanceService(library: ServerLibrary): Implementation {
  return library.implement(conformanceContract(library), new ConformanceHandlers(library));
}

/**
 * How the servers are set up. The heartbeat is short, as it is all that tells some platforms that a client is gone, and
 * the suite has no time to wait; a handler that crashes on purpose need not fill the output.
 */
export const HANDLER_OPTIONS: TicketHandlerOptions = {
  timeouts: {
    maximumTimeoutMs: MAXIMUM_TIMEOUT_MS, // Twice as long is what a busy machine may keep a client from an answer.
    heartbeatMs: 2_000,
  },
  onError: (error) => {
    if (!(error instanceof Error) || error.message !== CRASH) console.error(error);
  },
};
