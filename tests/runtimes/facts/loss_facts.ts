import { type ConformanceTarget, isHopeless } from "../../conformance/mod.ts";
import { CLIENTS } from "../clients.ts";
import { Desk, type Way } from "../desk.ts";
import type { Installation } from "../install.ts";
import { type RunningServer, type ServerProcess, SERVERS } from "../servers.ts";
import { EXCHANGES } from "../targets.ts";
import type { FactTable } from "./fact.ts";

/** Makes a way to a server that is to be lost. */
type MakeWay = (desk: Desk, server: RunningServer, process: ServerProcess) => Way;

const ENDING: MakeWay = (desk, { port }) => desk.endingWayTo(port);
const FREEZING: MakeWay = (desk, { port }) => desk.wayTo(port, "silence");
const MORTAL: MakeWay = (desk, { port }, process) => desk.mortalWayTo(port, () => process.kill());

/** Clients or servers that are tried at once. */
const AT_ONCE = 3;
/** A WebSocket has no end of one direction, and a close before the end item is a lost connection whatever its code. */
const WITH_BODIES = EXCHANGES.filter((exchange) => exchange !== "socket");

/** However an exchange is lost, all calls on it end on both sides. */
export const LOSS_FACTS: FactTable = {
  "a clean end that is no end: calls on a body without an end frame fail, on every client": (installation) =>
    onClients(installation, ENDING, WITH_BODIES),

  "a clean end that is no end: calls on a body without an end frame fail, with every server": (installation) =>
    withServers(installation, ENDING, WITH_BODIES),

  "unseen disconnects: heartbeats miss a connection that has gone dead, on every client": (installation) =>
    onClients(installation, FREEZING, EXCHANGES),

  "unseen disconnects: heartbeats miss a connection that has gone dead, on every server": (installation) =>
    withServers(installation, FREEZING, EXCHANGES),

  "a server that is killed: calls of all kinds fail as unavailable, on every client": (installation) =>
    onClients(installation, MORTAL, EXCHANGES),

  "a server that is killed: calls of all kinds fail as unavailable, whatever it ran on": (installation) =>
    // What miniflare has started outlives it.
    withServers(installation, MORTAL, EXCHANGES, ["miniflare"]),
};

type Exchanges = readonly ConformanceTarget["exchange"][];

/** Every client with Deno's server. */
async function onClients(installation: Installation, makeWay: MakeWay, exchanges: Exchanges): Promise<void> {
  await inTurns(Object.keys(CLIENTS), (client) => lose(installation, { client, server: "deno", makeWay, exchanges }));
}

/** Deno's client with every server. */
async function withServers(
  installation: Installation,
  makeWay: MakeWay,
  exchanges: Exchanges,
  except: readonly string[] = [],
): Promise<void> {
  const servers = Object.keys(SERVERS).filter((name) => !except.includes(name));
  await inTurns(servers, (server) => lose(installation, { client: "deno", server, makeWay, exchanges }));
}

interface Pair {
  readonly client: string;
  readonly server: string;
  readonly makeWay: MakeWay;
  readonly exchanges: Exchanges;
}

/** Loses one exchange of each kind; for each the server is started anew, since it may have to die. */
async function lose(installation: Installation, { client, server, makeWay, exchanges }: Pair): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const desk = stack.use(new Desk(installation.bundles.get("client_page") ?? ""));
  const targets: ConformanceTarget[] = [];
  for (const exchange of exchanges) {
    const process = stack.use(await SERVERS[server]!(installation));
    for (const running of process.servers.filter(({ protocol }) => protocol === "http:")) {
      // One that dies takes its others with it.
      if (makeWay === MORTAL && running !== process.servers[0]) continue;
      targets.push(targetOf(client, running, exchange, makeWay(desk, running, process)));
    }
  }
  const possible = targets.filter((target) => !isHopeless(target));
  for await (const { target, results } of CLIENTS[client]!(installation, possible, desk.pageUrl)) {
    const failed = results.find(({ result }) => result !== "works");
    if (failed === undefined && results.length > 0) continue;
    throw new Error(`${client} with ${target.server}, ${target.exchange}: ${failed?.detail ?? "there was no case"}`);
  }
}

function targetOf(
  client: string,
  { name, protocol, port, path }: RunningServer,
  exchange: ConformanceTarget["exchange"],
  way: Way,
): ConformanceTarget {
  const at = (where: number): string => `${protocol}//127.0.0.1:${where}${path}`;
  const cuttable = { url: at(way.port), cutUrl: way.cutUrl, loss: way.loss };
  return { client, server: name, exchange, suite: "loss", url: at(port), cuttable };
}

/** Does something for each name, a few at once. */
async function inTurns(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  const waiting = [...names];
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await act(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
