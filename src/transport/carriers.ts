import type { ExchangeKind } from "../wire/exchange_kind.ts";
import type { Carrier } from "./client/client_exchange.ts";
import { duplexCarrier } from "./duplex/client.ts";
import type { InvocationSettings } from "./invocation_options.ts";
import { pairCarrier } from "./pair/client.ts";
import { socketCarrier } from "./socket/client.ts";

/** What carries exchanges of several operations, by their kinds. */
export type Carriers = Readonly<Record<Exclude<ExchangeKind, "single">, (settings: InvocationSettings) => Carrier>>;

/** The choice of carriers: a new one is a folder and a line here. */
export const CARRIERS: Carriers = Object.freeze({
  duplex: duplexCarrier,
  pair: pairCarrier,
  socket: socketCarrier,
});
