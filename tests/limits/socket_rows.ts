import { SocketBench } from "../http/socket_bench.ts";
import { encode } from "../http/frame_feed.ts";
import type { ScriptedSocket } from "../http/scripted_sockets.ts";
import type { LimitRow } from "./limit_row.ts";
import { KICK_OFF } from "./probes.ts";

const BACKLOG_BYTES = 1_048_576;
/** How long a backlog has been long when the pauses are at their longest and one of them begins: 10 + 20 + 40 + 80, 160 … */
const LONG_SINCE_MS = 150 + 10 * 160;

/** Limits of WebSockets. None has an option: what is a good number, the platforms say. */
export const SOCKET_ROWS: readonly LimitRow[] = [
  {
    name: "MAX_SOCKET_MESSAGE_BYTES",
    option: "MAX_SOCKET_MESSAGE_BYTES",
    byDefault: 262_144,
    limit: 262_144,
    probe: (_limit, bytes) => withSocket((bench, socket) => messagesFor(bench, socket, bytes)),
    told: "nothing: it goes in 2 messages",
  },
  {
    name: "MAX_SOCKET_BACKLOG_BYTES",
    option: "MAX_SOCKET_BACKLOG_BYTES",
    byDefault: BACKLOG_BYTES,
    limit: BACKLOG_BYTES,
    probe: (_limit, bytes) =>
      withSocket(async (bench, socket) => {
        socket.bufferedAmount = bytes;
        return await isSent(bench, socket, 0) ? undefined : "nothing: what follows waits";
      }),
    told: "nothing: what follows waits",
  },
  {
    name: "SOCKET_LOOK_MS",
    option: "SOCKET_LOOK_MS",
    byDefault: 10,
    limit: 10,
    isOverAtLimit: true,
    probe: (_limit, ms) => withSocket((bench, socket) => sentAfter(bench, socket, 0, ms)),
    told: "nothing: what has waited is sent",
  },
  {
    name: "MAX_SOCKET_LOOK_MS",
    option: "MAX_SOCKET_LOOK_MS",
    byDefault: 160,
    limit: 160,
    isOverAtLimit: true,
    probe: (_limit, ms) => withSocket((bench, socket) => sentAfter(bench, socket, LONG_SINCE_MS, ms)),
    told: "nothing: what has waited is sent",
  },
];

/** Runs a probe with a WebSocket of a server that has an operation, and ends both in good order. */
async function withSocket(
  probe: (bench: SocketBench, socket: ScriptedSocket) => Promise<string | undefined>,
): Promise<string | undefined> {
  await using bench = new SocketBench();
  const socket = await bench.greet();
  socket.say({ operation: 1, ...KICK_OFF, termination: "completion" });
  await bench.mate.expectTicket({ group: "g" });
  const told = await probe(bench, socket);
  bench.mate.send({ termination: "completion" });
  socket.say({ kind: "end" });
  await bench.clock.runMicrotasks();
  socket.closeByPeer(1000);
  return told;
}

/** In how many messages frames leave that have so many bytes together, and have waited for one that is said before them. */
async function messagesFor(bench: SocketBench, socket: ScriptedSocket, bytes: number): Promise<string | undefined> {
  const others = encode({ operation: 1, payload: new Uint8Array(1_000) }).length - 1_000;
  socket.bufferedAmount = BACKLOG_BYTES + 1;
  await isSent(bench, socket, 0);
  let rest = bytes;
  for (; rest > 2_000; rest -= 1_000 + others) bench.mate.send({ payload: new Uint8Array(1_000) });
  bench.mate.send({ payload: new Uint8Array(rest - others) });
  const before = socket.lengths.length;
  socket.bufferedAmount = 0;
  await bench.clock.advance(160);
  const messages = socket.lengths.length - before - 1;
  return messages === 1 ? undefined : `nothing: it goes in ${messages} messages`;
}

/** Whether a word leaves that waits in a backlog which has been long, and has become short so many milliseconds ago. */
async function sentAfter(
  bench: SocketBench,
  socket: ScriptedSocket,
  longMs: number,
  ms: number,
): Promise<string | undefined> {
  socket.bufferedAmount = BACKLOG_BYTES + 1;
  await isSent(bench, socket, longMs);
  socket.bufferedAmount = 0;
  const before = socket.lengths.length;
  await bench.clock.advance(ms);
  return socket.lengths.length === before ? undefined : "nothing: what has waited is sent";
}

/** Says a word, and tells whether it has left after so many milliseconds. */
async function isSent(bench: SocketBench, socket: ScriptedSocket, ms: number): Promise<boolean> {
  const before = socket.lengths.length;
  bench.mate.send({ payload: "word" });
  await bench.clock.runMicrotasks();
  await bench.clock.advance(ms);
  return socket.lengths.length > before;
}
