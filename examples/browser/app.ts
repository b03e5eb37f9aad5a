/// <reference lib="dom" />
/** The page's one module: each section of the page makes one kind of call. */
import { type Channel, connect, createClient, type ExchangeKind } from "@ticketlink/ticketlink/client";
import { Show } from "./contract.ts";

/** What a section's call is given. */
interface Section {
  readonly form: HTMLFormElement;
  readonly output: HTMLOutputElement;
  readonly progress: HTMLProgressElement | null;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = 65_536;
const COUNT_TO = 40;

let channel: Channel | undefined;

/** The channel of the kind of exchange that is chosen; made anew when another is. */
function open(): Channel {
  const exchange = find<HTMLSelectElement>("#kind").value as "auto" | ExchangeKind; // the page offers nothing else
  return channel ??= connect("/rpc", { exchange });
}

function close(): void {
  void channel?.close();
  channel = undefined;
}

/** Finds what the page has, or says what it lacks. */
function find<Kind extends Element>(selector: string, parent: ParentNode = document): Kind {
  const found = parent.querySelector<Kind>(selector);
  if (found === null) throw new Error(`The page has no ${selector}`);
  return found;
}

/** Makes a section's call when its form is sent, shows how it fails, and lets it be cancelled. */
function onSubmit(id: string, call: (section: Section) => Promise<void>): void {
  const section = find(`#${id}`);
  const form = find<HTMLFormElement>("form", section);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(section, form, call);
  });
}

async function run(section: Element, form: HTMLFormElement, call: (section: Section) => Promise<void>): Promise<void> {
  const output = find<HTMLOutputElement>("output", section);
  const progress = section.querySelector("progress");
  const cancel = section.querySelector<HTMLButtonElement>(".cancel");
  const abort = new AbortController();
  cancel?.addEventListener("click", () => abort.abort(), { signal: abort.signal });
  if (cancel !== null) cancel.disabled = false;
  output.value = "";
  try {
    await call({ form, output, progress, signal: abort.signal });
  } catch (error) {
    output.value = String(error);
  } finally {
    if (cancel !== null) cancel.disabled = true;
    find("#used").textContent = open().link.exchange;
  }
}

async function* chunksOf(file: File, progress: HTMLProgressElement | null): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.size; start += CHUNK_BYTES) {
    const end = Math.min(file.size, start + CHUNK_BYTES);
    yield new Uint8Array(await file.slice(start, end).arrayBuffer());
    if (progress !== null) progress.value = end / file.size;
  }
}

onSubmit("unary", async ({ form, output, signal }) => {
  const name = String(new FormData(form).get("name"));
  output.value = await createClient(Show, open()).greet(name, { signal });
});

onSubmit("server-streaming", async ({ output, progress, signal }) => {
  for await (const number of createClient(Show, open()).count(COUNT_TO, { signal })) {
    if (progress !== null) progress.value = number;
    output.value = `${number} of ${COUNT_TO}`;
  }
});

onSubmit("client-streaming", async ({ form, output, progress, signal }) => {
  const file = new FormData(form).get("file");
  if (!(file instanceof File)) return;
  const { bytes, sha256 } = await createClient(Show, open()).upload(chunksOf(file, progress), { signal });
  output.value = `The server has ${bytes} bytes, SHA-256 ${sha256}`;
});

/** The lines of the chat that is open: what the form sends goes out, and the end of the chat ends them. */
class Lines {
  readonly #stream: ReadableStream<string>;
  #controller!: ReadableStreamDefaultController<string>;

  constructor() {
    this.#stream = new ReadableStream({ start: (controller) => void (this.#controller = controller) });
  }

  send(line: string): void {
    this.#controller.enqueue(line);
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.#stream.values();
  }
}

let lines: Lines | undefined;

async function chat(section: Element): Promise<void> {
  const send = find<HTMLButtonElement>("form button:not([type])", section);
  const said = new Lines();
  lines = said;
  send.disabled = false;
  try {
    await run(section, find("form", section), async ({ output, signal }) => {
      for await (const line of createClient(Show, open()).chat(said, { signal })) output.value += `${line}\n`;
    });
  } finally {
    lines = undefined;
    send.disabled = true;
  }
}

const chatSection = find("#bidirectional-streaming");
find(".open", chatSection).addEventListener("click", () => void chat(chatSection));
find<HTMLFormElement>("form", chatSection).addEventListener("submit", (event) => {
  event.preventDefault();
  lines?.send(find<HTMLInputElement>("[name=line]", chatSection).value);
});
find("#kind").addEventListener("change", close);
