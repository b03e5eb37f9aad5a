import { MEDIA_TYPE } from "../../wire/mod.ts";

/**
 * What every request of an exchange says of itself. `Incremental` asks proxies to pass on what they get as they get
 * it.
 */
export const REQUEST_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": MEDIA_TYPE,
  "accept": MEDIA_TYPE,
  "incremental": "?1",
});

/**
 * Tells whether a `Content-Type` is that of an exchange. Type names are compared without case and parameters are
 * ignored (RFC 9110 §8.3.1).
 */
export function isExchangeMediaType(contentType: string | null | undefined): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === MEDIA_TYPE;
}
