/**
 * Subscribes and unsubscribes while prices stream: `deno run --allow-net examples/ticker/main.ts`
 */
import { watch } from "./client.ts";
import { app, handler } from "./server.ts";

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
await watch(`http://127.0.0.1:${server.addr.port}/rpc`, console.log);
await handler.stop(1000);
await server.shutdown();
