import { MEDIA_TYPE } from "../../wire/mod.ts";

/** What every response of an exchange says of itself: nobody on the way is to buffer, store or recode it. */
export const RESPONSE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": MEDIA_TYPE,
  "incremental": "?1",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
});

/** What the answer to a request of a pair says that has been taken. */
export const PART_TAKEN_HEADERS: Readonly<Record<string, string>> = Object.freeze({ "cache-control": "no-store" });
