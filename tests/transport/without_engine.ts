/** A program whose client finds no engine: `engine_test.ts` runs it. */
import { Hono } from "npm:hono@^4";
import { bidiStreaming, createClient, defineService, unary } from "../../src/client.ts";
import { implement, ticketHandler } from "../../src/server.ts";

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  chat: bidiStreaming<string, string>(),
});

const handler = ticketHandler(implement(Greeter, {
  hello: (name) => `Hello, ${name}`,
  chat: (messages) => messages,
}));
const app = new Hono().all("/rpc", handler);
const client = createClient(Greeter, "http://engine.test/rpc", { fetch: app.request });
console.log(await client.hello("Ada"));
console.log(await client.hello("Bob"));
try {
  await Array.fromAsync(client.chat(["a"]));
} catch (error) {
  const { code, message } = error as { readonly code: string; readonly message: string };
  console.log(code, message);
}
await client[Symbol.asyncDispose]();
await handler.stop(0);
