import type { Context } from "npm:hono@^4";
import { receiveFrom } from "../../exchange/incoming_body.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { RequestBody } from "../server/request_body.ts";
import type { OpeningRequest, RequestExchange, RequestHost, RequestSource } from "../server/request_transport.ts";

/** What one request carries by itself: its hello says whether it ends before the response begins, or stays open. */
export const SELF_CONTAINED: readonly ExchangeKind[] = [ExchangeKind.DUPLEX, ExchangeKind.SINGLE];

/** Makes an exchange of one request, whose body may stay open as long as its response does. */
export function openDuplex(
  host: RequestHost,
  context: Context,
  body: RequestBody,
  request: Pick<OpeningRequest, "arrivedAtMs" | "begun" | "http">,
): RequestExchange {
  return host.open(context, { ...request, kinds: SELF_CONTAINED, source: sourceOf(body) });
}

function sourceOf(body: RequestBody): RequestSource {
  body.handOver();
  return {
    // Once a response has begun, Deno from 2.8.3 on buffers all of a request that is not read.
    canPauseReceive: !("Deno" in globalThis),
    receive: () => receiveFrom(body),
    stop: (reason) => void body.cancel(reason).catch(() => "it is over either way"),
  };
}
