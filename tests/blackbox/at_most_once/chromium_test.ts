/** Chromium sends a request again by itself whose connection closes without an answer. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { bundle } from "../../../examples/browser/bundle.ts";
import { programNamed } from "../../programs.ts";
import { WatchedProcess } from "../../watched_process.ts";
import { Balancer } from "./balancer.ts";
import { BankServer } from "./bank.ts";
import type { Outcome, Plan } from "./pay.ts";

const CHROMIUM = programNamed("chromium");
const DEADLINE_MS = 30_000;

/** Opens a page in Chromium, and waits for what it reports. */
async function callFromPage(url: string, plans: readonly Plan[]): Promise<Outcome[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    resolve(await request.json());
    return new Response();
  });
  const profile = await Deno.makeTempDir();
  const hash = encodeURIComponent(JSON.stringify({ plans, report: `http://127.0.0.1:${server.addr.port}/` }));
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
  ];
  const process = new WatchedProcess(CHROMIUM.path, { args: [...args, `${url}#${hash}`] });
  const timer = setTimeout(() => reject(new Error("The page has reported nothing")), DEADLINE_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    process.kill("SIGTERM");
    await process.ended();
    await Deno.remove(profile, { recursive: true });
  }
}

/** What answers Chromium from the second time on; a connection that it opens in advance must not lead elsewhere. */
const NEXT: readonly (readonly [name: string, next: (first: BankServer, second: BankServer) => Promise<number>])[] = [
  ["the same process", ({ port }) => Promise.resolve(port)],
  ["a server that is stopping", async (_, second) => (await second.stop()).port],
];

for (const [name, next] of NEXT) {
  Deno.test({
    name: `P7.39, P7.42 a call of a page that Chromium sends again to ${name} runs once`,
    ignore: CHROMIUM.ignore,
    async fn() {
      const module = await bundle(new URL("page.ts", import.meta.url));
      await using first = new BankServer(
        true,
        `<script type="module">${module.replaceAll("</script", "<\\/script")}</script>`,
      );
      await using second = new BankServer(false);
      const targetsAfterCut = [await next(first, second)];
      await using balancer = new Balancer({
        targets: [first.port],
        buffers: true,
        cutAfter: first.hasRun,
        targetsAfterCut,
      });
      const plan = { url: balancer.url, exchange: "auto", method: "pay", isWarm: true } as const;
      const [outcome] = await callFromPage(new URL("/", balancer.url).href, [plan]);
      assertEquals([first.runs, second.runs], [1, 0], outcome?.message);
      assertNotEquals(outcome?.code, "ok");
      // It has been sent twice, or nothing is shown here.
      assertEquals(balancer.payments, 2);
      assertEquals(outcome?.code, "unavailable", outcome?.message);
    },
  });
}
