import { foreignText } from "../../links/foreign_value.ts";
import { Code } from "../../links/code.ts";
import type { Hello } from "../../wire/control_item.ts";
import type { ExchangeKind } from "../../wire/exchange_kind.ts";
import { chooseVersion, MEDIA_TYPE, PROTOCOL_VERSION } from "../../wire/media_type.ts";
import type { ExchangeFailure } from "../../exchange/exchange_failure.ts";
import { isExchangeMediaType, peerFrameProblem } from "../../exchange/exchange_settings.ts";

/** An ordinary HTTP answer to a request that does not become an exchange (PROTOCOL.md §8). */
export interface HttpRefusal {
  /** The status. */
  readonly status: 400 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 501 | 503;
  /** What is wrong, what was got and what is allowed. */
  readonly text: string;
  /** Headers beside those that all refusals have. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the body is a refusal item, so that what has not begun here may begin elsewhere (P8.13). */
  readonly isStated?: boolean;
}

/** Headers of every refusal; that of an item has the content type of an exchange. */
export const REFUSAL_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
});

/** How long a client should wait, in seconds. */
export const RETRY_AFTER = { "retry-after": "1" };

/** Finds what is wrong with a request before anything of its body is read; `undefined` if nothing is. */
export function checkRequest({ method, headers }: Request): HttpRefusal | undefined {
  if (method !== "POST") {
    const text = `Cannot open an exchange with ${method}: only POST is allowed`;
    return { status: 405, text, headers: { allow: "POST" } };
  }
  const contentType = headers.get("content-type");
  if (!isExchangeMediaType(contentType)) {
    const got = contentType === null ? "none" : foreignText(contentType);
    return mediaTypeRefusal(`Cannot open an exchange: expected content type "${MEDIA_TYPE}", got ${got}`);
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.trim().toLowerCase() !== "identity") {
    return mediaTypeRefusal(`Cannot open an exchange: expected no content encoding, got ${foreignText(encoding)}`);
  }
  return undefined;
}

function mediaTypeRefusal(text: string): HttpRefusal {
  return { status: 415, text, headers: { "accept-post": MEDIA_TYPE } };
}

/** The link is being stopped. */
export const DRAINING: HttpRefusal = Object.freeze({
  status: 503,
  text: "Cannot open an exchange: the service is stopping, try again elsewhere",
  // A connection that stays would bring the next try to the same server.
  headers: { ...RETRY_AFTER, connection: "close" },
  isStated: true,
});

/** The link has as many exchanges as it may. */
export function tooManyExchanges(maxExchanges: number): HttpRefusal {
  const text = `Cannot open an exchange: ${maxExchanges} are open already (maxExchanges)`;
  return { status: 503, text, headers: RETRY_AFTER, isStated: true };
}

/** All exchanges together hold as much as they may. */
export function tooMuchBuffered(maxTotalBufferedBytes: number): HttpRefusal {
  const text =
    `Cannot open an exchange: others hold more than ${maxTotalBufferedBytes} bytes already (maxTotalBufferedBytes)`;
  return { status: 503, text, headers: RETRY_AFTER, isStated: true };
}

/** The hello did not come in time. */
export function helloTimeout(helloTimeoutMs: number): HttpRefusal {
  const text = `Cannot open an exchange: no complete hello in ${helloTimeoutMs} ms (helloTimeoutMs)`;
  return { status: 408, text };
}

/** The body does not begin with a hello; these are its bytes that have come. */
export function noHello(failure: ExchangeFailure | undefined, receivedBytes: number): HttpRefusal {
  const problem = String(failure?.message);
  if (failure?.code === Code.RESOURCE_EXHAUSTED) return { status: 413, text: problem };
  if (failure?.code !== Code.UNAVAILABLE) return { status: 400, text: problem };
  const got = receivedBytes === 0 ? "an empty one" : `${receivedBytes} bytes of a frame that is longer`;
  const text = `Cannot open an exchange: expected a body that begins with a hello, got ${got}`;
  return { status: 400, text };
}

/** Finds what is wrong with a client's hello, where these kinds of exchange can be had; `undefined` if nothing is. */
export function checkClientHello(
  { versions, exchange, maxFrameBytes }: Hello,
  kinds: readonly ExchangeKind[],
): string | undefined {
  if (chooseVersion(versions) === undefined) {
    return `Cannot open an exchange: expected a hello that offers version ${PROTOCOL_VERSION}, ` +
      `got one with ${versions.join(", ") || "none"}`;
  }
  if (exchange === undefined || !kinds.includes(exchange)) {
    return `Cannot open an exchange: expected a ${kinds.join(" or a ")} one, got ${exchange ?? "none"}`;
  }
  return peerFrameProblem(maxFrameBytes);
}
