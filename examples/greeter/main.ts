/**
 * The four kinds of call, and an error, over real HTTP: `deno run --allow-net examples/greeter/main.ts`
 */
import { greet } from "./client.ts";
import { app, handler } from "./server.ts";

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
await greet(`http://127.0.0.1:${server.addr.port}/rpc`, console.log);
await handler.stop(1000);
await server.shutdown();
