import { createHash } from "node:crypto";
import { createClient } from "@ticketlink/ticketlink/client";
import { Files, type Receipt } from "./contract.ts";

const CHUNK_BYTES = 8_192;

/** Reads a file in chunks; a chunk is read only when the server has room for it. */
async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const length = await file.read(chunk);
    if (length === null) return;
    yield chunk.subarray(0, length);
  }
}

/** Uploads a file, shows progress, and checks what the server confirms. */
export async function upload(url: string, path: string, print: (line: string) => void): Promise<Receipt> {
  await using files = createClient(Files, url);
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const hash = createHash("sha256");
  let sent = 0;
  let shownPercent = 0;

  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(file)) {
      hash.update(chunk);
      yield chunk;
      sent += chunk.byteLength;
      const percent = Math.floor(sent / size * 10) * 10;
      if (percent > shownPercent) print(`${percent} % sent`);
      shownPercent = Math.max(shownPercent, percent);
    }
  }

  const receipt = await files.upload(watched(), { metadata: [["file-name", path]] });
  const sha256 = hash.digest("hex");
  if (receipt.sha256 !== sha256) throw new Error(`The server got ${receipt.sha256}, we sent ${sha256}`);
  print(`The server confirms ${receipt.bytes} bytes with SHA-256 ${receipt.sha256}`);
  return receipt;
}
