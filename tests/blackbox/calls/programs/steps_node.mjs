/** The service of steps on Node, on the port that is its argument. */
import process from "node:process";
import { serve } from "npm:@hono/node-server@1";
import { createNodeWebSocket } from "npm:@hono/node-ws@1.3.1";
import { stepsApp } from "./steps_app.ts";

let sockets;
const { fetch } = stepsApp((app) => {
  sockets = createNodeWebSocket({ app });
  return sockets.upgradeWebSocket;
});
sockets.injectWebSocket(serve({ fetch, hostname: "127.0.0.1", port: Number(process.argv[2]) }));
