/** A part of a pair that has been taken: whatever becomes of the exchange, its call does not begin again elsewhere (P7.25). */
import { assertEquals } from "@std/assert";
import { bidiStreaming, createClient, defineService, implement } from "../../../mod.ts";
import { FrameInput } from "../core/frames.ts";
import { outcomeOf, pause, Site } from "../core/site.ts";

const Once = defineService("cost.Once", { gather: bidiStreaming<number, number>() });

/** What becomes of the answer to a part; `gone` is a 404 of something that has no such exchange. */
type Fate = "through" | "lost" | "gone";

/** A server behind a way that has no duplex and loses answers, and what it has begun. */
class LossySite extends Site {
  readonly #begun: string[];
  readonly #fates: Iterator<Fate>;

  /** @param fates What becomes of each further request of a pair; of what follows, `gone`. */
  constructor(fates: readonly Fate[], begun: string[] = []) {
    const gather = (numbers: AsyncIterable<number>): AsyncIterable<number> => {
      begun.push("begun");
      return numbers;
    };
    super(implement(Once, { gather }));
    this.#begun = begun;
    this.#fates = fates.values();
  }

  /** How often the call has begun. */
  get begun(): number {
    return this.#begun.length;
  }

  /** Passes requests on when they are complete. */
  readonly fetch = async (url: string, { body, ...init }: RequestInit): Promise<Response> => {
    const bytes = await new Response(body).bytes();
    const [part] = new FrameInput().push(bytes);
    const isFurther = part?.type === -6 && part.fields.get(0) !== undefined;
    const fate: Fate = isFurther ? this.#fates.next().value ?? "gone" : "through";
    if (fate === "gone") return new Response("There is no such exchange", { status: 404 });
    const response = await globalThis.fetch(url, { ...init, body: bytes });
    if (fate === "through") return part?.type === -6 && !isFurther ? onlyBeginning(response) : response;
    await response.body?.cancel();
    throw new TypeError("The connection has closed");
  };
}

/** A response of which the hello comes through and nothing more, so that the client does not hear of its call. */
function onlyBeginning({ body, status, headers }: Response): Response {
  const reader = body?.getReader();
  const stream = new ReadableStream<Uint8Array>({
    start: async (controller) => controller.enqueue((await reader?.read())?.value),
    cancel: (reason) => reader?.cancel(reason),
  });
  return new Response(stream, { status, headers });
}

/** Makes the call, on a pair since there is no duplex; a socket is what the client could take next. */
async function gather(site: LossySite): Promise<string> {
  await using client = createClient(Once, site.url, {
    fetch: site.fetch,
    webSocket: (url, protocols) => new WebSocket(url, [...protocols]),
    timeouts: {
      probeTimeoutMs: 700,
      heartbeatMs: 1_000, // what it asks in the silence is the second part
    },
  });
  const said = await outcomeOf(Array.fromAsync(client.gather([1], { timeoutMs: 8_000 })), 6_000);
  await pause(200);
  return said.split(":")[0] ?? "";
}

Deno.test("P7.25, P7.39 a call whose part was taken and whose answer was lost does not begin again after a 404", async () => {
  await using site = new LossySite(["lost", "gone"]);
  assertEquals([await gather(site), site.begun], ["unavailable", 1]);
});

Deno.test("P7.25, P7.39 a call whose first part was taken does not begin again after a 404 for the second", async () => {
  await using site = new LossySite(["through", "gone"]);
  assertEquals([await gather(site), site.begun], ["unavailable", 1]);
});
