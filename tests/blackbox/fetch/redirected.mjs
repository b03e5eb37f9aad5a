// Makes one call on Node to a server that redirects it, and prints how it ended.
import { createClient, defineService, unary } from "@ticketlink/ticketlink/client";

const contract = defineService("test.Echo", { hello: unary() });
const [url, exchange] = process.argv.slice(2);
const client = createClient(contract, url, { exchange, headers: { "x-api-key": "k3y" }, timeoutMs: 3_000 });
console.log(JSON.stringify(await client.hello("Ada").catch(({ name, code, message }) => ({ name, code, message }))));
