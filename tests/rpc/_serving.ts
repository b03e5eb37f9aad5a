/**
 * A client's end and a server's end, joined in memory, for the tests of this folder.
 *
 * @module
 */
import { type End, invocationEnd, serviceEnd, type ServiceEndOptions } from "../../src/ends/mod.ts";
import { joinLinks, type Link, servicer, type ServicerOptions } from "../../src/links/mod.ts";
import type { Implementation } from "../../mod.ts";

/** How two ends are set up. */
export interface ServingOptions {
  /** For the servicer; `onError` is taken. */
  readonly servicer?: Omit<ServicerOptions, "onError">;
  /** For both ends; `onError` is taken. */
  readonly ends?: Omit<ServiceEndOptions, "onError">;
  /** What stands between the ends, the client's side first; they are joined back to back otherwise. */
  readonly between?: { readonly invocation: Link; readonly service: Link };
}

/** Two ends that are started, until they are disposed of. */
export interface Serving extends AsyncDisposable {
  /** The client's. */
  readonly end: End;
  /** The server's. */
  readonly service: End;
  /** What the servicer and the service end reported. */
  readonly errors: unknown[];
  /** What the client's end reported. */
  readonly clientErrors: unknown[];
}

/** Serves implementations to an end that stands beside. */
export function serving(
  implementations: Implementation | readonly Implementation[],
  options: ServingOptions = {},
): Serving {
  const errors: unknown[] = [];
  const clientErrors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const service = serviceEnd(servicer(implementations, { ...options.servicer, onError }), { ...options.ends, onError });
  const { clock } = options.ends ?? {};
  const end = invocationEnd({ clock, onError: (error) => void clientErrors.push(error) });
  if (options.between === undefined) joinLinks(end, service);
  else {
    joinLinks(end, options.between.invocation);
    joinLinks(service, options.between.service);
  }
  end.start();
  service.start();
  return {
    end,
    service,
    errors,
    clientErrors,
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all([end.stop(0), service.stop(0)]);
    },
  };
}

/** Everything that a stream still has to say. */
export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

/** Lets everything run that waits for no timer and no I/O. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
