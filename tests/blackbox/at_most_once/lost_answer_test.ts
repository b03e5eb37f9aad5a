/** A call has run, its connection closes without an answer, and whatever answers next says what looks like "never started". */
import { assertEquals, assertNotEquals } from "@std/assert";
import { Balancer, type Target } from "./balancer.ts";
import { BankServer } from "./bank.ts";
import { callFrom, RUNTIMES } from "./callers.ts";
import type { Plan } from "./pay.ts";

const TYPE = "application/vnd.ticketlink+cbor-seq";

function answer(status: string, type: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
}

/** What answers after the cut. */
const NEXT: readonly (readonly [name: string, next: (bank: BankServer) => Target | Promise<Target>])[] = [
  ["a server that has heard of nothing", ({ port }) => port],
  ["a server that is stopping", async (bank) => (await bank.stop()).port],
  ["a proxy with 404", () => answer("404 Not Found", "text/html", "<h1>Not Found</h1>")],
  ["a proxy with 503", () => answer("503 Service Unavailable", "text/html", "<h1>Busy</h1>")],
  ["a proxy with 501", () => answer("501 Not Implemented", "text/plain", "no")],
  ["a page with 200", () => answer("200 OK", "text/html", "<h1>Welcome</h1>")],
  ["200 without a hello", () => answer("200 OK", TYPE, "")],
];

const WAYS: readonly (readonly [name: string, way: Omit<Plan, "url">, buffers: boolean])[] = [
  ["a single", { exchange: "single", method: "pay" }, false],
  ["a duplex", { exchange: "duplex", method: "payAll" }, false],
  ["a pair", { exchange: "pair", method: "payAll" }, true],
  ["a socket", { exchange: "socket", method: "payAll" }, false],
  ["what is chosen for a plain call", { exchange: "auto", method: "pay" }, true],
  ["what is chosen where proxies buffer", { exchange: "auto", method: "payAll" }, true],
];

for (const { name: runtime, path, ignore } of RUNTIMES) {
  // Node 20 has no WebSocket.
  const ways = WAYS.filter(([, { exchange }]) => exchange !== "socket" || runtime === "Deno");

  Deno.test(
    `P7.39 a call from ${runtime} whose connection closes without an answer runs once`,
    { ignore },
    async (t) => {
      await using stack = new AsyncDisposableStack();
      const cases = [];
      for (const [way, plan, buffers] of ways) {
        for (const [name, next] of NEXT) {
          const first = stack.use(new BankServer(true));
          const other = stack.use(new BankServer(false));
          // Whoever begins again finds a server that takes it.
          const targetsAfterCut = [await next(stack.use(new BankServer(false))), other.port];
          const balancer = stack.use(
            new Balancer({ targets: [first.port], buffers, cutAfter: first.hasRun, targetsAfterCut }),
          );
          cases.push({
            name: `on ${way}, then ${name}`,
            plan: { ...plan, url: balancer.url, isWarm: true },
            first,
            other,
          });
        }
      }
      const outcomes = await callFrom(path, cases.map(({ plan }) => plan));
      for (const [index, { name, first, other }] of cases.entries()) {
        await t.step(name, () => {
          assertEquals({ first: first.runs, other: other.runs }, { first: 1, other: 0 }, outcomes[index]?.message);
          assertNotEquals(outcomes[index]?.code, "ok");
          assertNotEquals(outcomes[index]?.code, "deadline_exceeded");
        });
      }
    },
  );
}
