/** The server on Deno: cleartext, and HTTP/2 over TLS. */
import { upgradeWebSocket } from "hono/deno";
import * as library from "../../src/server.ts";
import { conformanceApp } from "./conformance_app.ts";

const [cert = "", key = ""] = Deno.args.map((path) => Deno.readTextFileSync(path));
const { app } = conformanceApp(library, () => upgradeWebSocket);
const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
const plain = Deno.serve(options, app.fetch);
const secure = Deno.serve({ ...options, cert, key }, app.fetch);
console.log(JSON.stringify({ plain: plain.addr.port, secure: secure.addr.port }));
