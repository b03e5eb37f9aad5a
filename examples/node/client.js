/** Calls a server of any of these examples: `npm run call -- http://127.0.0.1:8000/rpc` */
import process from "node:process";
import { createClient } from "@ticketlink/ticketlink/client";
import { Greeter } from "./contract.js";

const greeter = createClient(Greeter, process.argv[2] ?? "http://127.0.0.1:8000/rpc");
console.log(await greeter.hello("Ada"));
for await (const number of greeter.count(3)) console.log(`count: ${number}`);
console.log(`sum: ${await greeter.sum([1, 2, 3])}`);
for await (const answer of greeter.chat(["hi", "bye"])) console.log(answer);
