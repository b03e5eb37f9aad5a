import { FrameReader, MEDIA_TYPE } from "../../../src/wire/mod.ts";
import { SERVICE_NAME } from "../../conformance/contract.ts";
import { assert } from "../../conformance/assert.ts";
import { FrameFeed } from "../../http/frame_feed.ts";
import { clientHello } from "../../http/scripted_client.ts";
import type { Installation } from "../install.ts";
import { type RunningServer, SERVERS } from "../servers.ts";
import type { FactTable } from "./fact.ts";
import { trustingFetch } from "./serving.ts";

/** Some platforms hold back what has no first chunk: Node's `fetch` a request, Bun's server a response. */
export const FIRST_CHUNK_FACTS: FactTable = {
  async "a first chunk at once: every server's response begins although its handler says nothing"(installation) {
    await Promise.all(
      Object.values(SERVERS).map(async (start) => {
        await using process = await start(installation);
        for (const server of process.servers) await expectHello(installation, server);
      }),
    );
  },
};

/** Begins a call that nobody will answer, and waits for the server's hello. */
async function expectHello(installation: Installation, server: RunningServer): Promise<void> {
  const { name, protocol, port, path } = server;
  using trusting = await trustingFetch(installation);
  const feed = new FrameFeed();
  feed.send(clientHello(), {
    operation: 1,
    group: SERVICE_NAME,
    method: "wait",
    subscription: "full",
    timeout: 60_000,
  });
  const signal = AbortSignal.timeout(5_000);
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: { "content-type": MEDIA_TYPE },
    body: feed.stream,
    duplex: "half",
    signal,
  };
  const response = await trusting.fetch(`${protocol}//127.0.0.1:${port}${path}`, init).catch((error) => {
    throw new Error(`${name} does not answer: ${error}`);
  });
  const reader = response.body?.getReader();
  const { value } = await reader?.read() ?? {};
  let isHello = false;
  new FrameReader({ ticket() {}, badTicket() {}, control: ({ kind }) => isHello ||= kind === "hello" })
    .push(value ?? new Uint8Array());
  feed.error(new Error("It was only a test"));
  await reader?.cancel().catch(() => "it has broken off");
  assert(isHello, `${name} has said something else than hello`);
}
