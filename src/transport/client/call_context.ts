import { type Protocol, ProtocolKind } from "../../links/ticket.ts";

/** What an end may tell an invocation link about one operation, as CALL_OPTION on the first ticket. */
export interface HttpCallOptions {
  /**
   * Headers of the request that carries the operation. It then gets an exchange of its own, since headers belong to a
   * request and not to an operation.
   */
  readonly headers?: RequestInit["headers"] | undefined;
}

const NO_OPTIONS: HttpCallOptions = Object.freeze({});

/** Reads the options of an operation; a protocol value of another kind has none. */
export function readCallOptions(protocol: Protocol | undefined): HttpCallOptions {
  if (protocol?.kind !== ProtocolKind.CALL_OPTION) return NO_OPTIONS;
  const { value } = protocol;
  return typeof value === "object" && value !== null ? value : NO_OPTIONS;
}

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
  #followers: InvocationContext[] | undefined;

  constructor() {
    this.#value = { status: undefined, headers: undefined };
    this.protocol = { kind: ProtocolKind.INVOCATION_CONTEXT, value: this.#value };
  }

  /** The response has come. */
  fill({ status, headers }: HttpInvocationContext): void {
    this.#value.status = status;
    this.#value.headers = headers;
    for (const follower of this.#followers ?? []) follower.fill(this.#value);
    this.#followers = undefined;
  }

  /** Fills in another one, now or when the response comes. */
  lead(follower: InvocationContext): void {
    if (this.#value.status === undefined) (this.#followers ??= []).push(follower);
    else follower.fill(this.#value);
  }
}
