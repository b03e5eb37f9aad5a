import { Code, Termination } from "../../links/mod.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";

/** What the mate of a link that is closed is told of its operations. */
export const LINK_CLOSED: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.UNAVAILABLE,
  message: "The link is closed",
});

/** What the server is told of them. */
export const CANCELLED_BY_CLOSE: Ending = Object.freeze({
  termination: Termination.CANCELLATION,
  code: Code.CANCELLED,
  message: "The client's link is closed",
});
