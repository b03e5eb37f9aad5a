import type { End } from "../ends/mod.ts";
import type { Metadata } from "../links/mod.ts";
import type { CallOptions } from "./call_options.ts";
import { toMetadata } from "./metadata.ts";
import { MethodKind } from "./method.ts";
import type { WindowLimits } from "./window.ts";

/** What all calls of one client share. */
export interface CallSite {
  /** Where they begin. */
  readonly end: End;
  /** Milliseconds of a call that says nothing else. */
  readonly timeoutMs: number;
  /** Pairs that go with each call. */
  readonly metadata: Metadata | undefined;
  /** What the windows of their response streams are held to. */
  readonly window: WindowLimits;
}

/**
 * Makes the metadata of a call: the client's pairs, then its own.
 *
 * @param site What all calls of the client share.
 * @param options What the caller says.
 * @returns The pairs, or `undefined` where nobody says any.
 * @throws {TypeError} If what the caller says is no metadata.
 */
export function callMetadata(site: CallSite, { metadata }: CallOptions): Metadata | undefined {
  if (metadata === undefined) return site.metadata;
  const own = toMetadata(metadata);
  return site.metadata === undefined ? own : [...site.metadata, ...own];
}

/** What each kind of call tells its transport, where the caller adds nothing: made once, not per call. */
export const PROTOCOL_OPTIONS: Readonly<Record<MethodKind, Readonly<{ kind: MethodKind }>>> = Object.freeze({
  [MethodKind.UNARY]: Object.freeze({ kind: MethodKind.UNARY }),
  [MethodKind.SERVER_STREAMING]: Object.freeze({ kind: MethodKind.SERVER_STREAMING }),
  [MethodKind.CLIENT_STREAMING]: Object.freeze({ kind: MethodKind.CLIENT_STREAMING }),
  [MethodKind.BIDI_STREAMING]: Object.freeze({ kind: MethodKind.BIDI_STREAMING }),
});
