import type { upgradeWebSocket as ofBun } from "npm:hono@^4/bun";
import type { upgradeWebSocket as ofWorkers } from "npm:hono@^4/cloudflare-workers";
import type { upgradeWebSocket as ofDeno } from "npm:hono@^4/deno";
import type { UpgradeWebSocket as HonoUpgrade } from "npm:hono@^4/ws";
import type { UpgradeWebSocket, WebSocketFunction, WebSocketLike } from "../../src/transport/mod.ts";

/** Does not compile where a type is no other one. */
type Is<Narrow extends Wide, Wide> = [Narrow, Wide];

/** What of the types of the package `ws` matters; `createNodeWebSocket()` makes a helper for one. */
interface NodeSocket {
  readonly bufferedAmount: number;
  binaryType: "nodebuffer" | "arraybuffer" | "fragments";
  send(data: string | Uint8Array | ArrayBuffer, callback?: (error?: Error) => void): void;
  close(code?: number, data?: string | Uint8Array): void;
  addEventListener<Kind extends "open" | "message" | "close" | "error">(
    type: Kind,
    listener: (
      event: {
        readonly open: { readonly type: string; readonly target: unknown };
        readonly message: { readonly type: string; readonly data: string | Uint8Array | ArrayBuffer };
        readonly close: { readonly type: string; readonly code: number; readonly reason: string };
        readonly error: { readonly type: string; readonly message: string; readonly error: unknown };
      }[Kind],
    ) => void,
    options?: { once?: boolean },
  ): void;
}

type Accepted = [
  Is<typeof ofDeno, UpgradeWebSocket>,
  Is<typeof ofBun, UpgradeWebSocket>,
  Is<typeof ofWorkers, UpgradeWebSocket>,
  Is<HonoUpgrade<NodeSocket, { onError: (error: unknown) => void }>, UpgradeWebSocket>,
  Is<WebSocket, WebSocketLike>,
  Is<NodeSocket, WebSocketLike>,
  Is<(url: string, protocols: string[]) => WebSocket, WebSocketFunction>,
];

Deno.test("serviceLink() takes Hono's upgradeWebSocket of all platforms, invocationLink() all WebSockets, by their types", () => {
  const _accepted: Accepted | undefined = undefined;
});
