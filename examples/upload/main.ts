/**
 * Uploads a real file with progress: `deno run --allow-net --allow-read examples/upload/main.ts [FILE]`
 */
import { upload } from "./client.ts";
import { app, handler } from "./server.ts";

const path = Deno.args[0] ?? new URL("../../PROTOCOL.md", import.meta.url).pathname;
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
await upload(`http://127.0.0.1:${server.addr.port}/rpc`, path, console.log);
await handler.stop(1000);
await server.shutdown();
