import { assertEquals } from "@std/assert";
import { Context } from "hono";
import { HandlerHttp } from "../../src/transport/server/handler_http.ts";
import { BufferBudget } from "../../src/transport/server/load_limits.ts";
import { receiveFrom } from "../../src/exchange/incoming_body.ts";
import { RequestTransport } from "../../src/transport/server/request_transport.ts";
import { ServiceExchange } from "../../src/transport/server/service_exchange.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { FairScheduler } from "../../src/exchange/fair_scheduler.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { compact, virtualClock } from "../../src/testing/mod.ts";
import type { ExchangeKind } from "../../src/wire/mod.ts";
import { FrameFeed } from "./frame_feed.ts";
import { clientHello } from "./scripted_client.ts";

/** An exchange with a signal, as platforms other than Deno have it, and one operation on it. */
async function open(exchange: ExchangeKind): Promise<{
  feed: FrameFeed;
  controller: AbortController;
  tickets: Ticket[];
  closed: () => number;
}> {
  const feed = new FrameFeed();
  const controller = new AbortController();
  const tickets: Ticket[] = [];
  let closed = 0;
  const clock = virtualClock();
  const owner = {
    scheduler: new FairScheduler(clock),
    begin: () => {},
    forget: () => {},
    peerReports: false,
    passedOn: () => {},
    deliver: (ticket: Ticket) => void tickets.push(ticket),
    report: () => {},
    budget: new BufferBudget(1_000_000),
    closed: () => void (closed += 1),
  };
  const reader = feed.stream.getReader();
  const service = new RequestTransport({
    kinds: [exchange],
    source: { canPauseReceive: true, receive: () => receiveFrom(reader), stop: (reason) => void reader.cancel(reason) },
    whenLeft: (left) => {
      controller.signal.addEventListener("abort", left);
      return () => controller.signal.removeEventListener("abort", left);
    },
    http: new HandlerHttp(new Context(new Request("http://server.test/"))),
  });
  new ServiceExchange(owner, serviceSettings({ clock }), service);
  feed.send(clientHello({ exchange }), { operation: 1, group: "g", termination: "completion" });
  if (exchange === "duplex") await service.answer;
  await nextTurn();
  return { feed, controller, tickets, closed: () => closed };
}

for (const [exchange, termination] of [["duplex", "transmission failure"], ["single", "cancellation"]] as const) {
  Deno.test(`S45 RequestTransport ends operations as ${termination} when the client of a ${exchange} request has left`, async () => {
    const { feed, controller, tickets, closed } = await open(exchange);
    controller.abort();
    await feed.cancelled;
    controller.abort();
    assertEquals(tickets.length, 2);
    assertEquals(compact(tickets[1]!).termination, termination);
    assertEquals(closed(), 1);
  });
}
