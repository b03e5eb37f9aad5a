/**
 * Starts the service of steps on a runtime.
 *
 * @module
 */
import type { ExchangeKind } from "@ticketlink/ticketlink";
import { upgradeWebSocket } from "hono/deno";
import { programNamed } from "../../../programs.ts";
import { findPrograms, installRuntimes, isThere } from "../../../runtimes/install.ts";
import { Attached, freePort, listening } from "../../../attached.ts";
import { bundleProgram } from "../program.ts";
import { startWorker } from "../workerd.ts";
import { stepsApp } from "./steps_app.ts";

/** The service, until it is disposed of. */
export interface StepsServer extends AsyncDisposable {
  /** Where it is, with a slash at the end. */
  readonly url: string;
}

/** A runtime that the service runs on. */
export interface Runtime {
  /** Whether it is missing here, so that its tests are skipped. */
  readonly ignore: boolean;
  /** The carriers that it can serve. */
  readonly carriers: readonly ExchangeKind[];
  /** Starts the service. */
  readonly start: () => Promise<StepsServer>;
}

const ALL: readonly ExchangeKind[] = ["single", "duplex", "pair", "socket"];
/** Requests cannot be joined on Workers. */
const WITHOUT_PAIR: readonly ExchangeKind[] = ["single", "duplex", "socket"];

const node = programNamed("node");
const { bun } = await findPrograms();
/** In CI it is installed, and nothing is skipped. */
const bunIsMissing = !await isThere(bun);

/** The runtimes by name. */
export const RUNTIMES: Readonly<Record<string, Runtime>> = {
  Deno: { ignore: false, carriers: ALL, start: startHere },
  Node: { ignore: node.ignore, carriers: ALL, start: () => startProgram(node.path, "steps_node.mjs") },
  Bun: {
    ignore: bunIsMissing && Deno.env.get("CI") !== "true",
    carriers: ALL,
    start: async () => {
      if (bunIsMissing) await installRuntimes();
      return await startProgram(bun, "steps_bun.mjs");
    },
  },
  workerd: {
    ignore: false,
    carriers: WITHOUT_PAIR,
    start: () => startWorker(new URL("steps_worker.mjs", import.meta.url), { compatibilityFlags: ["nodejs_als"] }),
  },
};

function startHere(): Promise<StepsServer> {
  const { fetch } = stepsApp(() => upgradeWebSocket);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, fetch);
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return Promise.resolve({ url, [Symbol.asyncDispose]: () => server.shutdown() });
}

async function startProgram(runtime: string, program: string): Promise<StepsServer> {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-steps-" });
  const path = await bundleProgram(new URL(program, import.meta.url), folder);
  const port = freePort();
  const process = new Attached(runtime, [path, String(port)]);
  await listening(port);
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
