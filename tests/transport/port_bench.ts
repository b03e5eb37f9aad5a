import { assertEquals } from "@std/assert";
import { createClient } from "../../mod.ts";
import { invocationEnd, joinLinks, serviceEnd } from "../../src/links/mod.ts";
import { servicer } from "../../src/rpc/servicer.ts";
import { CARRIERS } from "../../src/transport/carriers.ts";
import type { Carrier, ClientTransport } from "../../src/transport/client/client_exchange.ts";
import { engineOf } from "../../src/transport/exchange_engine.ts";
import { HttpInvocationLink } from "../../src/transport/invocation_link.ts";
import { invocationSettings } from "../../src/transport/invocation_options.ts";
import type { ServiceTransport } from "../../src/transport/server/service_transport.ts";
import { HttpServiceLink } from "../../src/transport/service_link.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { Greeter, greeter } from "./greeter.ts";
import { PortTransport } from "./port_transport.ts";

/** A client and a server that share a port, and nothing of HTTP. */
export class PortBench implements AsyncDisposable {
  readonly #end = invocationEnd();
  readonly #served = serviceEnd(servicer([greeter]));
  readonly #service = new HttpServiceLink(serviceSettings({}), (error) => this.errors.push(error));
  readonly #link: HttpInvocationLink;
  readonly errors: unknown[] = [];
  /** The server's sides, oldest first. */
  readonly transports: PortTransport[] = [];
  readonly client = createClient(Greeter, this.#end);

  /** Opens what `openFirst` returns, where it returns something, in place of a port. */
  constructor(openFirst: () => ClientTransport | undefined = () => undefined) {
    // The line in the choice of carriers. On the wire it is a duplex: both directions are open.
    const carriers = {
      ...CARRIERS,
      duplex: (): Carrier => ({ kind: "duplex", open: () => openFirst() ?? this.#open() }),
    };
    const settings = invocationSettings("http://port.test/", {
      exchange: "duplex",
      random: () => 0,
    });
    this.#link = new HttpInvocationLink(settings, (error) => this.errors.push(error), engineOf(carriers));
    joinLinks(this.#end, this.#link);
    joinLinks(this.#served, this.#service);
    this.#end.start();
    this.#served.start();
  }

  #open(): PortTransport {
    const { port1, port2 } = new MessageChannel();
    const server = Object.assign(
      new PortTransport(port2),
      {
        kinds: ["duplex"],
        context: { kind: "servicer context", value: undefined },
        opened: () => {},
        refused: () => {},
      } satisfies Partial<ServiceTransport>,
    );
    this.transports.push(server);
    this.#service.accept(server);
    return new PortTransport(port1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.stop(0);
    await this.#link.close();
    await this.#service.stop(0);
    await this.#served.stop(0);
    assertEquals([this.errors, this.#service.exchangeCount], [[], 0]);
  }
}
