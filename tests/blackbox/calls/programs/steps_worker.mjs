/** The service of steps on Workers. */
import { upgradeWebSocket } from "hono/cloudflare-workers";
import { stepsApp } from "./steps_app.ts";

export default stepsApp(() => upgradeWebSocket);
