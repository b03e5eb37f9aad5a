/**
 * One service calls another, and a relay at the level of links: `deno run --allow-net examples/relay/main.ts`
 */
import { createClient } from "@ticketlink/ticketlink/client";
import { Back, Front } from "./contract.ts";
import { startBack, startFront, startLinkRelay } from "./servers.ts";

const cancellations: string[] = [];
const back = startBack(() => cancellations.push("cancelled"));
const front = startFront(back.url);
const relay = startLinkRelay(back.url);

{
  await using client = createClient(Front, front.url);
  const left = await client.timeLeft(undefined, { timeoutMs: 2000 });
  console.log(`through a service: the deadline of 2000 ms arrives as ${left > 1500 && left <= 2000 ? "itself" : left}`);
  for await (const i of client.forever()) if (i === 10) break;
}
{
  await using client = createClient(Back, relay.url);
  const left = await client.timeLeft(undefined, { timeoutMs: 2000 });
  console.log(`through links: the deadline of 2000 ms arrives as ${left > 1500 && left <= 2000 ? "itself" : left}`);
  for await (const i of client.forever()) if (i === 10) break;
}
await relay.stop();
await front.stop();
await back.stop();
console.log(`the service behind saw ${cancellations.length} cancellations`);
