/** The service of steps on Bun, on the port that is its argument. */
import process from "node:process";
import { upgradeWebSocket, websocket } from "hono/bun";
import { stepsApp } from "./steps_app.ts";

const { fetch } = stepsApp(() => upgradeWebSocket);
Bun.serve({ fetch, websocket, hostname: "127.0.0.1", port: Number(process.argv[2]) });
