import type { Metadata } from "../../../src/client.ts";
import { assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { collect } from "../stage.ts";

const PAIRS: Metadata = [
  ["user", "Ada"],
  ["tag", "one"],
  ["tag", "two"],
  ["name", "Zoë, 日本語"],
  ["token", Uint8Array.of(0, 128, 255)],
];

/** What goes with a call beside its messages. */
export const METADATA_CASES = [
  ...casesFor("calls", {
    async "metadata reaches the handler as it was, and headers and trailers the caller"(stage) {
      let header: Metadata = [];
      let trailer: Metadata = [];
      const answer = await stage.client().reflect(undefined, {
        metadata: PAIRS,
        onHeader: (pairs) => header = pairs,
        onTrailer: (pairs) => trailer = pairs,
      });
      assertEquals(answer, PAIRS);
      assertEquals(header, PAIRS);
      assertEquals(trailer, PAIRS.map(([key, value]) => [`${key}-trailer`, value]));
    },

    async "metadata of the client stands before that of the call"(stage) {
      const client = stage.client({ metadata: [["who", "client"]] });
      assertEquals(await client.reflect(undefined, { metadata: [["who", "call"]] }), [["who", "client"], [
        "who",
        "call",
      ]]);
    },

    async "the headers of a stream are there with its first message, the trailers with its end"(stage) {
      const events: string[] = [];
      const messages = stage.client().count(2_000, {
        onHeader: () => events.push("header"),
        onTrailer: () => events.push("trailer"),
      });
      for await (const message of messages) if (message % 1_999 === 0) events.push(`message ${message}`);
      assertEquals(events.slice(0, 2), ["header", "message 0"]);
      assertEquals(events.slice(2).sort(), ["message 1999", "trailer"]);
    },

    async "the caller learns of the HTTP response"(stage) {
      const statuses: number[] = [];
      await collect(stage.client().count(1, { onHttpResponse: ({ status }) => statuses.push(status) }));
      // A WebSocket has none to tell of.
      assertEquals(statuses, stage.target.exchange === "socket" ? [] : [200]);
    },
  }),

  ...casesFor("request headers", {
    async "HTTP headers of the client reach the handler"(stage) {
      assertEquals(
        await stage.client({ headers: { "x-conformance": "client" } }).httpHeader("x-conformance"),
        "client",
      );
    },

    async "HTTP headers that are made anew for each request reach the handler"(stage) {
      const client = stage.client({ headers: () => Promise.resolve({ "x-conformance": "made" }) });
      assertEquals(await client.httpHeader("x-conformance"), "made");
    },

    async "HTTP headers of a call reach its handler, and no other"(stage) {
      const client = stage.client();
      assertEquals(await client.httpHeader("x-conformance", { headers: { "x-conformance": "call" } }), "call");
      assertEquals(await client.httpHeader("x-conformance"), undefined);
    },
  }),
];
