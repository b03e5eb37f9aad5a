import { type Protocol, ProtocolKind } from "../../links/mod.ts";

/**
 * What an invocation link tells its end with ticket 0 of each operation, as INVOCATION_CONTEXT: the response that
 * carries the operation.
 *
 * On a *single* exchange ticket 0 can come before the response: the link grants uploads on the server's behalf. Both
 * fields are `undefined` until it does.
 */
export interface HttpInvocationContext {
  /** The response's status. */
  readonly status: number | undefined;
  /** The response's headers. */
  readonly headers: Headers | undefined;
}

/** Fills an {@linkcode HttpInvocationContext} in when the response comes. */
export class InvocationContext {
  /** What goes with ticket 0. */
  readonly protocol: Protocol;
  readonly #value: { status: number | undefined; headers: Headers | undefined };

  constructor() {
    this.#value = { status: undefined, headers: undefined };
    this.protocol = { kind: ProtocolKind.INVOCATION_CONTEXT, value: this.#value };
  }

  /** The response has come. */
  fill({ status, headers }: HttpInvocationContext): void {
    this.#value.status = status;
    this.#value.headers = headers;
  }
}
