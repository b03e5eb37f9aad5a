/** @import { Service } from "../peer.ts" */
import { initTRPC } from "@trpc/server";

const t = initTRPC.create();
/** What types would check of an input; a schema would cost more. */
const message = t.procedure.input((
  /** @type {unknown} */ input,
) => /** @type {string} */ (input));

/**
 * The service in tRPC's terms, which knows no streams from the client.
 *
 * @param {any} service The benchmark's, whose messages are text here.
 */
export function routerOf(service) {
  return t.router({
    // A mutation, as queries have their input in the URL.
    echo: message.mutation(({ input }) => service.echo(input)),
    produce: message.query(({ input }) => service.produce(input)),
    subscribe: message.subscription(({ input }) => service.produce(input)),
  });
}
