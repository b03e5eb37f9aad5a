import { passRequests } from "../proxies/http_proxy.ts";
import type { Proxy } from "../proxies/proxy.ts";

/**
 * A way to a port on which all bodies end when it is told to, in both directions and in good order, as far as HTTP can
 * tell: as they do for most aborts over HTTP/2, for every abort of a client on workerd, and behind simulators.
 */
export class EndingProxy implements AsyncDisposable {
  readonly #ends = new Set<() => void>();
  readonly #requests: Proxy;

  constructor(targetPort: number) {
    this.#requests = passRequests(targetPort, async (request, send) => {
      const response = await send(request.body === null ? null : this.#endable(request.body));
      return new Response(response.body === null ? null : this.#endable(response.body), response);
    });
  }

  /** Where it listens. */
  get port(): number {
    return this.#requests.port;
  }

  /** Ends all bodies. */
  end(): void {
    for (const end of this.#ends) end();
    this.#ends.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests[Symbol.asyncDispose]();
  }

  /** A body as it comes, until it is to end; what comes then is read and dropped. */
  #endable(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => void this.#ends.add(() => controller.terminate()),
    });
    const [passed, rest] = body.tee();
    passed.pipeTo(writable).catch(() => "it has ended, or whoever reads it has gone");
    rest.pipeTo(new WritableStream()).catch(() => "there is nothing left to drop");
    return readable;
  }
}
