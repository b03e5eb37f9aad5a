import type { AttachableEngine } from "./engine.ts";

let loaded: AttachableEngine | undefined;

/** The engine, if it has been loaded. */
export function loadedEngine(): AttachableEngine | undefined {
  return loaded;
}

/** Loads the engine. Rejects if that cannot be done, as where a deployment has removed the file; the next call tries again. */
export async function loadEngine(): Promise<AttachableEngine> {
  const { engine } = await import("./exchange_engine.ts");
  loaded = engine as AttachableEngine; // the type of the export is what its users see
  return loaded;
}
