import { bytesSerializer, clientStreaming, defineService } from "@ticketlink/ticketlink/client";

/** What the server confirms. */
export interface Receipt {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Takes files, as raw bytes: the chunks need no encoding. */
export const Files = defineService("demo.Files", {
  upload: clientStreaming<Uint8Array, Receipt>({ inputSerializer: bytesSerializer }),
});
