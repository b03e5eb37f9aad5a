import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createClient, RpcError, type UrlClientOptions } from "../../../mod.ts";
import { programNamed } from "../../programs.ts";
import { runOnNode } from "./npm_folder.ts";
import { bundle } from "../../../examples/browser/bundle.ts";
import { inChromium, withoutChromium } from "../../browser/in_chromium.ts";
import { CONTRACT } from "./contract.ts";
import type { Told } from "./page.ts";
import { RedirectingSite } from "./redirecting.ts";

const OPTIONS: UrlClientOptions = { headers: { "x-api-key": "k3y" }, timeoutMs: 3_000 };

/** Checks that a call was told of the redirect, of where it leads to, and of nothing else. */
function assertRedirected({ code, message }: Pick<RpcError, "code" | "message">, site: RedirectingSite): void {
  assertEquals([code, site.strays], ["unavailable", []], message);
  assertStringIncludes(message, "redirected");
  assertStringIncludes(message, site.elsewhere);
  assert(!/Moved|s3cret|undefined/.test(message), message);
}

for (const exchange of ["single", "duplex", "pair", "auto"] as const) {
  Deno.test(`P8.18 a redirect takes no call elsewhere, and its caller is told: ${exchange}`, async () => {
    await using site = new RedirectingSite();
    await using client = createClient(CONTRACT, site.url, { ...OPTIONS, exchange });
    assertRedirected(await assertRejects(() => client.hello("Ada"), RpcError), site);
  });
}

Deno.test("P8.18 a redirect takes no bidirectional stream elsewhere, whatever is tried for it", async () => {
  await using site = new RedirectingSite();
  await using client = createClient(CONTRACT, site.url, OPTIONS);
  assertRedirected(await assertRejects(() => Array.fromAsync(client.echo(["a"])), RpcError), site);
});

Deno.test("P8.18 a redirect takes no later request of a pair elsewhere", async () => {
  await using site = new RedirectingSite((number) => number > 1);
  await using client = createClient(CONTRACT, site.url, { ...OPTIONS, exchange: "pair" });
  assertRedirected(await assertRejects(() => client.hello("Ada"), RpcError), site);
});

Deno.test("P8.18 a redirect takes no socket elsewhere", async () => {
  await using site = new RedirectingSite();
  await using client = createClient(CONTRACT, site.url, { timeoutMs: 3_000, exchange: "socket" });
  const { code } = await assertRejects(() => client.hello("Ada"), RpcError);
  // Platforms follow none, and say of none.
  assertEquals([code, site.strays], ["unavailable", []]);
});

const { path: node, ignore } = programNamed("node");

for (const exchange of ["single", "duplex", "pair", "auto"]) {
  Deno.test({
    name: `P8.18 a redirect takes no call of Node elsewhere, and its caller is told: ${exchange}`,
    ignore,
    fn: async () => {
      await using site = new RedirectingSite();
      const error = await runOnNode(node, "redirected.mjs", [site.url, exchange]) as RpcError; // or what it prints of one
      assertEquals(error.name, "RpcError");
      assertRedirected(error, site);
    },
  });
}

// Chromium shows neither status nor headers of a redirect.
for (const exchange of ["single", "pair", "auto"]) {
  Deno.test({
    name: `P8.18 a redirect takes no call of a page in Chromium elsewhere, and its caller is told: ${exchange}`,
    ignore: withoutChromium,
    fn: async () => {
      const module = await bundle(new URL("page.ts", import.meta.url));
      await using site = new RedirectingSite(() => true, module);
      const told = await inChromium(async (tab) => {
        await tab.goto(new URL("/", site.url).href);
        return await tab.evaluate(`callRedirected("${exchange}")`) as Told; // or what it prints of another error
      });
      assertEquals([told.code, site.strays], ["unavailable", []], JSON.stringify(told));
      assertStringIncludes(told.message, "redirected");
    },
  });
}
