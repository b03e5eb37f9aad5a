import { textOf } from "../../links/thrown.ts";
import type { ByteSource } from "../exchange/incoming_body.ts";

import { ForeignBody } from "./foreign_body.ts";

/**
 * What a `fetch` has brought, as far as it matters. It may be of any class: `@hono/node-server` replaces the global
 * `Response`, and `undici`, `node-fetch`, miniflare and happy-dom have their own.
 */
export interface FetchedResponse {
  /** The status; 0 for a redirect that a browser does not show. */
  readonly status: number;
  /** Of the response's own class. */
  readonly headers: Headers;
  /** The body, to be read or cancelled; `undefined` if there is none. */
  readonly body: ByteSource | undefined;
  /** Why there is none, if it is not that it is empty. */
  readonly bodyProblem?: string;
  /** Whether it leads elsewhere, which nobody has followed. */
  readonly isRedirect: boolean;
}

/** The redirects of the Fetch Standard, §2.2.3. */
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Reads what a `fetch` has brought. Never throws.
 *
 * @param value What it has brought.
 * @returns The response; or a text that says what is missing.
 */
export function readFetched(value: unknown): FetchedResponse | string {
  try {
    if (value === null) return "it is null";
    if (typeof value !== "object") return `it is a value of type ${typeof value}`;
    const status = "status" in value ? value.status : undefined;
    if (typeof status !== "number") return "it has no status";
    const headers = "headers" in value ? value.headers : undefined;
    if (!isHeaders(headers)) return "it has no headers with a method get";
    const isRedirect = REDIRECT_STATUSES.includes(status) || "type" in value && value.type === "opaqueredirect";
    return { status, headers, isRedirect, ...readBody(value) };
  } catch (error) {
    return `it cannot be looked at: ${textOf(error)}`;
  }
}

/** As far as this library and `onHttpResponse` go, whatever has headers by their names is `Headers`. */
function isHeaders(value: unknown): value is Headers {
  return typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";
}

function readBody(response: object): Pick<FetchedResponse, "body" | "bodyProblem"> {
  try {
    return { body: ForeignBody.of(response) };
  } catch (error) {
    return { body: undefined, bodyProblem: textOf(error) };
  }
}

/** Reads a header, whatever a class of one's own makes of it; `null` if there is none. */
export function headerOf({ headers }: FetchedResponse, name: string): string | null {
  try {
    const value: unknown = headers.get(name);
    return typeof value === "string" ? value : null;
  } catch {
    // What cannot be read is not there: then the answer is no exchange, and the call is told so.
    return null;
  }
}
