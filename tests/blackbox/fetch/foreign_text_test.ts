import { assert, assertEquals, assertRejects } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { Code, createClient, defineService, implement, RpcError, ticketHandler, unary } from "../../../mod.ts";

const CONTRACT = defineService("test.Text", { hello: unary<string, string>() });
/** Text that would begin another line, in another colour, and be long. */
const FOREIGN = `No\n\u001b[31m\u009b1mERROR "x" \u202e${"y".repeat(5_000)}`;
const QUOTED = `"No\\n\\u001b[31m\\u009b1mERROR \\"x\\" \\u202e${"y".repeat(178)}"…`;

/** Calls what a handler of requests answers, and returns the message of the error. */
async function messageFrom(handler: Deno.ServeHandler, exchange: "single" | "socket"): Promise<string> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  await using client = createClient(CONTRACT, `http://127.0.0.1:${server.addr.port}/`, { exchange, timeoutMs: 3_000 });
  return (await assertRejects(() => client.hello("Ada"), RpcError)).message;
}

Deno.test("P8.11 the text of an answer is cut and quoted in the message of an error", async () => {
  const message = await messageFrom(() => new Response(FOREIGN, { status: 502 }), "single");
  assertEquals(message, `The server answered with status 502: ${QUOTED}`);
});

Deno.test("P8.11 a content type is cut and quoted in the message of an error", async () => {
  const type = `text/${"x".repeat(1_000)}`;
  const message = await messageFrom(() => new Response("", { headers: { "content-type": type } }), "single");
  assertEquals(message, `The server answered with content type "text/${"x".repeat(195)}"…, which is no exchange`);
});

Deno.test("P8.11 the reason of a WebSocket that is closed is quoted in the message of an error", async () => {
  const message = await messageFrom((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "ticketlink" });
    socket.addEventListener("message", () => socket.close(4000, "Bye\n\u001b[31mnow"));
    return response;
  }, "socket");
  assert(message.includes(', "Bye\\n\\u001b[31mnow"'), message);
});

Deno.test("P8.11 what a handler says is the application's and stays as it is", async () => {
  await using handler = ticketHandler(implement(CONTRACT, {
    hello: () => {
      throw new RpcError(Code.NOT_FOUND, FOREIGN);
    },
  }));
  const app = new Hono().all("/rpc", handler);
  await using client = createClient(CONTRACT, "/rpc", { fetch: app.request });
  const { message } = await assertRejects(() => client.hello("Ada"), RpcError);
  assertEquals(message, FOREIGN);
});
