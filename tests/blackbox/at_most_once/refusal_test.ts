/** What answers instead of a server, and what a server answers that begins nothing. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Balancer } from "./balancer.ts";
import { BankServer } from "./bank.ts";
import { callFrom, RUNTIMES } from "./callers.ts";
import type { Plan } from "./pay.ts";

const PLAIN: readonly (readonly [status: string, code: string])[] = [
  ["404 Not Found", "unimplemented"],
  ["405 Method Not Allowed", "unimplemented"],
  ["413 Content Too Large", "resource_exhausted"],
  ["501 Not Implemented", "unimplemented"],
  ["503 Service Unavailable", "unavailable"],
];

const UNARY: readonly Omit<Plan, "url">[] = [
  { exchange: "single", method: "pay" },
  { exchange: "duplex", method: "pay" },
  { exchange: "auto", method: "pay" },
];

for (const { name: runtime, path, ignore } of RUNTIMES) {
  Deno.test(
    `P8.13 a call from ${runtime} that a proxy answers fails once, and says what came`,
    { ignore },
    async (t) => {
      await using stack = new AsyncDisposableStack();
      const cases = UNARY.flatMap((plan) =>
        PLAIN.map(([status, code]) => {
          const answer = `HTTP/1.1 ${status}\r\ncontent-length: 4\r\nconnection: close\r\n\r\nSigh`;
          const bank = stack.use(new BankServer(false));
          const balancer = stack.use(new Balancer({ targets: [answer, bank.port] }));
          return { status, code, bank, balancer, plan: { ...plan, url: balancer.url } };
        })
      );
      const outcomes = await callFrom(path, cases.map(({ plan }) => plan));
      for (const [index, { status, code, bank, balancer, plan }] of cases.entries()) {
        await t.step(`${status} on ${plan.exchange}`, () => {
          const outcome = outcomes[index];
          assertEquals([outcome?.code, bank.runs, balancer.payments], [code, 0, 1], outcome?.message);
          assertStringIncludes(outcome?.message ?? "", `status ${status.slice(0, 3)}`);
          assertStringIncludes(outcome?.message ?? "", "Sigh");
        });
      }
    },
  );

  Deno.test(
    `P8.13 a call from ${runtime} that a server refuses as it stops runs elsewhere, once`,
    { ignore },
    async (t) => {
      await using stack = new AsyncDisposableStack();
      const plans: readonly Omit<Plan, "url">[] = [
        ...UNARY,
        { exchange: "duplex", method: "payAll" },
        { exchange: "pair", method: "payAll" },
        { exchange: "auto", method: "payAll" },
      ];
      const cases = [];
      for (const plan of plans) {
        const stopping = await stack.use(new BankServer(false)).stop();
        const other = stack.use(new BankServer(false));
        const balancer = stack.use(new Balancer({ targets: [stopping.port, other.port] }));
        cases.push({ stopping, other, plan: { ...plan, url: balancer.url } });
      }
      const outcomes = await callFrom(path, cases.map(({ plan }) => plan));
      for (const [index, { stopping, other, plan }] of cases.entries()) {
        await t.step(`${plan.method} on ${plan.exchange}`, () => {
          assertEquals(outcomes[index], { code: "ok", message: "paid" });
          assertEquals([stopping.runs, other.runs], [0, 1]);
        });
      }
    },
  );
}
