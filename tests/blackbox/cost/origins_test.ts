/** Which pages may open a WebSocket: scheme, host and port of the origin are compared, each of them (P8.15). */
import { assertStringIncludes } from "@std/assert";
import { defineService, implement, unary } from "../../../mod.ts";
import { knownFailure } from "../../known_failure.ts";
import { Site } from "../core/site.ts";

const Nothing = defineService("cost.Nothing", { nothing: unary<void, void>() });

/** The first line of the answer to a request for a WebSocket, byte by byte as a browser could have sent it. */
async function statusLine(port: string, headers: Readonly<Record<string, string>>): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const all = {
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "ticketlink",
    ...headers,
  };
  const lines = ["GET /rpc HTTP/1.1", ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), "", ""];
  await connection.write(new TextEncoder().encode(lines.join("\r\n")));
  const answer = new Uint8Array(1_024);
  const length = await connection.read(answer) ?? 0;
  return new TextDecoder().decode(answer.subarray(0, length)).split("\r\n")[0] ?? "";
}

/** What a server on loopback answers to a page of an origin; `PORT` stands for its own. */
async function answerTo(origin: string, host = "127.0.0.1:PORT"): Promise<string> {
  await using site = new Site(implement(Nothing, { nothing: () => {} }));
  const { port } = new URL(site.url);
  return await statusLine(port, { host: host.replace("PORT", port), origin: origin.replace("PORT", port) });
}

Deno.test("P8.15 a page of the server's own scheme, host and port may open a socket", async () => {
  assertStringIncludes(await answerTo("http://127.0.0.1:PORT"), " 101 ");
});

Deno.test("P8.15 a page of the server's own origin may open one where its port is the scheme's default", async () => {
  assertStringIncludes(await answerTo("http://api.example.com", "api.example.com"), " 101 ");
  assertStringIncludes(await answerTo("http://api.example.com", "api.example.com:80"), " 101 ");
});

for (
  const [what, origin, host] of [
    ["another port", "http://127.0.0.1:1", "127.0.0.1:PORT"],
    ["the default port, which is not the server's", "http://127.0.0.1", "127.0.0.1:PORT"],
    ["another host", "http://app.example.com:PORT", "127.0.0.1:PORT"],
    ["a host of which the server's is a part", "http://127.0.0.1.example.com:PORT", "127.0.0.1:PORT"],
    ["no origin that it tells", "null", "127.0.0.1:PORT"],
  ] as const
) {
  Deno.test(`P8.15 a page of ${what} may open no socket`, async () => {
    assertStringIncludes(await answerTo(origin, host), " 403 ");
  });
}

for (const scheme of ["https", "chrome-extension"]) {
  knownFailure(
    "What one caller, and one server, can cost",
    import.meta.url,
    `P8.15 a page of scheme ${scheme} may open no socket of a server over HTTP, whatever its host and port`,
    async () => assertStringIncludes(await answerTo(`${scheme}://127.0.0.1:PORT`), " 403 "),
  );
}
