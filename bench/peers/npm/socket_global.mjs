import { WebSocket } from "ws";

// Cap'n Web takes it for granted, and Node 20 lacks it.
globalThis.WebSocket ??= /** @type {any} */ (WebSocket);
