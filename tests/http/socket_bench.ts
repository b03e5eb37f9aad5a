import { assertEquals } from "@std/assert";
import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { clientHello } from "./scripted_client.ts";
import { type ScriptedSocket, ScriptedUpgrade, type UpgradeScript } from "./scripted_sockets.ts";

/** A service link that makes WebSockets of requests. */
export class SocketBench extends ServiceBench {
  readonly #upgrades: ScriptedUpgrade;

  constructor(options: ServiceLinkOptions = {}, script: UpgradeScript = {}) {
    const upgrades = new ScriptedUpgrade(script);
    super({ upgradeWebSocket: upgrades.upgrade, ...options });
    this.#upgrades = upgrades;
  }

  /** Asks for a WebSocket. */
  async ask(headers: HeadersInit = {}): Promise<Response> {
    const all = new Headers({
      connection: "Upgrade",
      upgrade: "websocket",
      ...Object.fromEntries(new Headers(headers)),
    });
    return await this.app.request(PATH, { headers: all });
  }

  /** Asks for a WebSocket and gets it. */
  async open(): Promise<ScriptedSocket> {
    assertEquals((await this.ask()).status, 200);
    return this.#upgrades.next();
  }

  /** Opens an exchange. */
  async greet(): Promise<ScriptedSocket> {
    const socket = await this.open();
    socket.say(clientHello({ exchange: "socket" }));
    await socket.gets.expect({ kind: "hello" });
    return socket;
  }
}
