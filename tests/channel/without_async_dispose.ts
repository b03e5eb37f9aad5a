/** A program in an engine without `Symbol.asyncDispose`: `async_dispose_test.ts` runs it. */
import { Hono } from "npm:hono@^4";

const own = Symbol;
const known = Object.getOwnPropertyDescriptors(Symbol);
globalThis.Symbol = Object.defineProperties(
  Object.assign((text?: string) => own(text), {}),
  { ...known, asyncDispose: { value: undefined } },
) as SymbolConstructor; // all but one of its members

const { connect, createClient, defineService, implement, ticketHandler, unary } = await import("../../mod.ts");
/** What compilers of `await using` take where there is no such symbol. */
const ASYNC_DISPOSE = own.for("Symbol.asyncDispose");

async function dispose(it: object): Promise<void> {
  const method: unknown = Reflect.get(it, ASYNC_DISPOSE);
  if (typeof method === "function") await Reflect.apply(method, it, []);
}

const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
const handler = ticketHandler(implement(Greeter, { hello: (name) => `Hello, ${name}` }));
const app = new Hono().all("/rpc", handler);
const options = { fetch: app.request };
const channel = connect("/rpc", options);
const client = createClient(Greeter, "/rpc", options);
const said = [await client.hello("Ada")];
for (const it of [client, channel]) await dispose(it);
for (const call of [client.hello("Bob"), createClient(Greeter, channel).hello("Bob")]) {
  await call.catch(() => said.push("closed"));
}
await dispose(handler);
const answer = await app.request("/rpc", { method: "POST" });
said.push(answer.status === 200 ? "open" : "stopped");
console.log(said.join(" "));
Deno.exit();
