import type { ConformanceTarget } from "../conformance/mod.ts";
import type { Desk } from "./desk.ts";
import type { Selection } from "./selection.ts";
import type { RunningServer } from "./servers.ts";

/** The kinds of exchange that the suite is run on. */
export const EXCHANGES: readonly ConformanceTarget["exchange"][] = ["duplex", "single", "pair", "socket"];

/** Where a client is to run the suite: every server by every kind of exchange, as far as it is wanted. */
export function targetsOf(
  client: string,
  servers: readonly RunningServer[],
  desk: Desk,
  selection: Selection,
): ConformanceTarget[] {
  const targets: ConformanceTarget[] = [];
  for (const { name, protocol, port, path } of servers) {
    if (!selection.wants("server", name)) continue;
    const way = desk.wayTo(port);
    for (const exchange of EXCHANGES) {
      if (!selection.wants("exchange", exchange)) continue;
      targets.push({
        client,
        server: name,
        exchange,
        url: `${protocol}//127.0.0.1:${port}${path}`,
        cuttable: { url: `${protocol}//127.0.0.1:${way.port}${path}`, cutUrl: way.cutUrl },
        only: selection.part,
      });
    }
  }
  return targets;
}
