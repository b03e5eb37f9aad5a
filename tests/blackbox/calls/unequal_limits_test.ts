/** Limits that a user meets name their option, whichever side has the narrower one, and the documents say how to send more. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  createClient,
  defineService,
  implement,
  metadataValue,
  RpcError,
  serverStreaming,
  type TicketHandlerOptions,
  unary,
  type UrlClientOptions,
} from "@ticketlink/ticketlink";
import { resultOf } from "./result.ts";
import { serve } from "./served.ts";

const MIB = 1_048_576;

const Parcels = defineService("limits.Parcels", {
  send: unary<Uint8Array, number>(),
  fetch: unary<number, Uint8Array>(),
  fetchAll: serverStreaming<number, Uint8Array>(),
  label: unary<void, number>(),
  labelled: unary<number, void>(),
});

const parcels = implement(Parcels, {
  send: (parcel) => parcel.byteLength,
  fetch: (size) => new Uint8Array(size),
  fetchAll: (size) => [new Uint8Array(size)],
  label: (_nothing, { metadata }) => String(metadataValue(metadata, "label")).length,
  labelled: (size, ctx) => ctx.setHeader("label", "x".repeat(size)),
});

type ParcelClient = ReturnType<typeof createClient<typeof Parcels.methods>>;

/** What a call fails with. */
async function failureOf(
  call: (client: ParcelClient) => Promise<unknown>,
  { client: clientOptions = {}, server: serverOptions = {} }: {
    readonly client?: UrlClientOptions;
    readonly server?: TicketHandlerOptions;
  },
): Promise<RpcError> {
  await using server = serve(parcels, serverOptions);
  await using client = createClient(Parcels, server.url, { onError() {}, fetch: server.fetch, ...clientOptions });
  const { error, ...result } = await resultOf(() => call(client), 5_000);
  assertInstanceOf(error, RpcError, `it gave ${Deno.inspect(error ?? result)}`);
  return error;
}

const LABEL = "x".repeat(63_000);
const label = (client: ParcelClient): Promise<unknown> => client.label(undefined, { metadata: { label: LABEL } });

/** Whose limit of metadata is the default of 16 KiB, and whose is raised. */
const METADATA: Readonly<Record<string, Parameters<typeof failureOf>[1]>> = {
  "at the defaults": {},
  "where the server alone has raised its limit": { server: { limits: { maxMetadataBytes: 65_536 } } },
  "where the client alone has raised its limit": { client: { limits: { maxMetadataBytes: 65_536 } } },
};

/** The message of the error that a call fails with on each carrier. */
async function messagesOf(...[call, options]: Parameters<typeof failureOf>): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const exchange of ["single", "duplex", "pair", "socket"] as const) {
    const { message } = await failureOf(call, { ...options, client: { ...options.client, exchange } });
    messages.push(`${exchange}: ${message}`);
  }
  return messages;
}

/** Shows that a text stands in all messages. */
function assertAllMatch(messages: readonly string[], expected: RegExp): void {
  assertEquals(messages.filter((message) => !expected.test(message)), []);
}

for (const [where, options] of Object.entries(METADATA)) {
  Deno.test(`63 KB of metadata ${where} are refused, and the error names maxMetadataBytes`, async () => {
    assertAllMatch(await messagesOf(label, options), /maxMetadataBytes/);
  });

  Deno.test(`63 KB of a handler's headers ${where} are refused, and the error names maxMetadataBytes`, async () => {
    assertAllMatch(await messagesOf((client) => client.labelled(63_000), options), /maxMetadataBytes/);
  });
}

Deno.test("63 KB of metadata arrive where both sides have raised maxMetadataBytes", async () => {
  await using server = serve(parcels, { limits: { maxMetadataBytes: 65_536 } });
  await using client = createClient(Parcels, server.url, { limits: { maxMetadataBytes: 65_536 } });
  assertEquals(await client.label(undefined, { metadata: { label: LABEL } }), 63_000);
});

Deno.test("messages of nearly 4 MiB pass at the defaults, both ways", async () => {
  await using server = serve(parcels);
  await using client = createClient(Parcels, server.url);
  const size = 4 * MIB - 1_024;
  assertEquals(await client.send(new Uint8Array(size)), size);
  assertEquals((await client.fetch(size)).byteLength, size);
});

const RAISED = { limits: { maxFrameBytes: 8 * MIB } };

/** Messages above 4 MiB, and whose limit is raised in vain: that of the side that sends. */
const LARGE: Readonly<Record<string, Parameters<typeof failureOf>>> = {
  "a request of 5 MiB": [(client) => client.send(new Uint8Array(5 * MIB)), { client: RAISED }],
  "a response of 5 MiB": [(client) => client.fetch(5 * MIB), { server: RAISED }],
  "a stream's response of 5 MiB": [(client) => client.fetchAll(5 * MIB).next(), { server: RAISED }],
};

for (const [what, [call, raised]] of Object.entries(LARGE)) {
  for (const [where, options] of [["at the defaults", {}], ["that its sender alone allows", raised]] as const) {
    Deno.test(`${what} ${where} is refused, and the error names maxFrameBytes`, async () => {
      assertAllMatch(await messagesOf(call, options), /maxFrameBytes/);
    });

    Deno.test(`${what} ${where} is refused, and the error says to stream`, async () => {
      assertAllMatch(await messagesOf(call, options), /\bstream/i);
    });
  }
}

Deno.test("a response of 5 MiB arrives where its receiver alone has raised maxFrameBytes", async () => {
  await using server = serve(parcels);
  await using client = createClient(Parcels, server.url, RAISED);
  assertEquals((await client.fetch(5 * MIB)).byteLength, 5 * MIB);
});

Deno.test("messages of 5 MiB pass where both sides have raised maxFrameBytes, both ways", async () => {
  await using server = serve(parcels, RAISED);
  await using client = createClient(Parcels, server.url, RAISED);
  assertEquals(await client.send(new Uint8Array(5 * MIB)), 5 * MIB);
  assertEquals((await client.fetch(5 * MIB)).byteLength, 5 * MIB);
});

/** Whether a document says in one place how to send a large message. */
function saysHowToSendMore(text: string): boolean {
  return text.split(/\n\s*\n/).some((paragraph) => paragraph.includes("maxFrameBytes") && /\bstream/i.test(paragraph));
}

const REPOSITORY = new URL("../../../", import.meta.url);

Deno.test("the README says how to send a message of more than 4 MiB: streams, and maxFrameBytes", async () => {
  const text = await Deno.readTextFile(new URL("README.md", REPOSITORY));
  assert(saysHowToSendMore(text), "no paragraph names both");
});

Deno.test("a page of docs says how to send a message of more than 4 MiB: streams, and maxFrameBytes", async () => {
  const folder = new URL("docs/", REPOSITORY);
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".md")) texts.push(await Deno.readTextFile(new URL(name, folder)));
  }
  assert(texts.some(saysHowToSendMore), "no paragraph names both");
});
