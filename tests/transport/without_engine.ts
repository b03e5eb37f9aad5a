/** A program whose client finds no engine: `engine_test.ts` runs it. */
import { Hono } from "npm:hono@^4";
import { bidiStreaming, createClient, defineService, serverStreaming, unary } from "../../src/client.ts";
import { invocationEnd } from "../../src/ends/invocation_end.ts";
import { joinLinks } from "../../src/links/link.ts";
import { implement, ticketHandler } from "../../src/server.ts";
import { openStreamsFrom } from "../../src/transport/client/open_streams.ts";
import { HttpInvocationLink } from "../../src/transport/invocation_link.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  chat: bidiStreaming<string, string>(),
  follow: serverStreaming<string, string>(),
});

const handler = ticketHandler(implement(Greeter, {
  hello: (name) => `Hello, ${name}`,
  chat: (messages) => messages,
  async *follow(name, { signal }) {
    yield `${name} is here`;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
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

// As in a browser that does not tell the protocol.
const url = "http://engine.test/rpc";
const settings = invocationSettings(url, {
  fetch: app.request,
  onExchange: ({ message }) => message && console.log(message),
});
const link = new HttpInvocationLink({ ...settings, inBrowser: true, streams: openStreamsFrom(url) }, console.error);
const end = invocationEnd();
joinLinks(end, link);
end.start();
const page = createClient(Greeter, end);
for (const name of ["Ada", "Bob", "Eve"]) console.log((await page.follow(name).next()).value);
await end.stop(0);
await link.close();
await handler.stop(0);
