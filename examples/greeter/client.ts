import { createClient, RpcError } from "@ticketlink/ticketlink/client";
import { Greeter } from "./contract.ts";

/** Makes one call of each kind and prints what comes back. */
export async function greet(url: string, print: (line: string) => void): Promise<void> {
  await using greeter = createClient(Greeter, url);

  print(await greeter.hello("Ada", { timeoutMs: 5000 }));

  for await (const i of greeter.count(3)) print(`count: ${i}`);

  print(`sum: ${await greeter.sum([1, 2, 3])}`);

  for await (const line of greeter.chat(["hi", "bye"])) print(line);

  try {
    await greeter.hello("");
  } catch (error) {
    if (error instanceof RpcError) print(`${error.code}: ${error.message}`);
    else throw error;
  }
}
