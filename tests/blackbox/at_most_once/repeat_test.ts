/** A request that comes to the same process twice, as runtimes and proxies send it again by themselves. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Balancer } from "./balancer.ts";
import { BankServer } from "./bank.ts";
import { callFrom, RUNTIMES } from "./callers.ts";

for (const { name: runtime, path, ignore } of RUNTIMES) {
  for (const repeats of ["at once", "later"] as const) {
    Deno.test(`P7.42 a request of ${runtime} that is repeated ${repeats} runs once`, { ignore }, async () => {
      await using bank = new BankServer(false);
      await using balancer = new Balancer({ targets: [bank.port], buffers: true, repeats });
      const [outcome] = await callFrom(path, [{ url: balancer.url, exchange: "single", method: "pay" }]);
      const second = await balancer.secondAnswer;
      assertEquals(bank.runs, 1);
      // Which of the two comes first is chance where they come at once.
      const said = outcome?.code === "ok" ? second : outcome?.message ?? "";
      assertStringIncludes(said, "the request has been repeated on its way, and they have begun already");
      if (repeats === "later") assertEquals(outcome, { code: "ok", message: "paid" });
    });
  }
}
