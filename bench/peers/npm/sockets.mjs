import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { listening } from "./listening.mjs";

/** A server for WebSockets alone; by default a message has 100 MiB at most. */
export function socketServer() {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  return { sockets, listening: () => listening(server) };
}

/**
 * @param {number} port
 * @returns {Promise<any>} A socket that is open; of Node's type and the browser's.
 */
export async function openSocket(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, "open");
  return socket;
}
