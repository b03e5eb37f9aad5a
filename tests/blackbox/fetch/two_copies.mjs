// A service whose handlers use another copy of the library than the service does. Prints what its caller is told.
// @ts-ignore What is in npm/ is not in the import map.
import * as copy from "@ticketlink/copy";
import { createClient, defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink";
import { Hono } from "hono";

const contract = defineService("test.Users", { find: unary(), ask: unary() });
const elsewhere = copy.createClient(
  copy.defineService("test.Users", { find: copy.unary() }),
  "http://127.0.0.1:9/secret",
);
const handler = ticketHandler(
  implement(contract, {
    find() {
      throw new copy.RpcError("not_found", "No user 5", { details: [{ user: 5 }] });
    },
    ask: () => elsewhere.find(5),
  }),
  { onError() {} },
);
const client = createClient(contract, "/rpc", { fetch: new Hono().all("/rpc", handler).request });

const told = (call) => call.catch(({ code, message, details }) => ({ code, message, details }));
console.log(JSON.stringify([await told(client.find(5)), await told(client.ask(5))]));
process.exit(0);
