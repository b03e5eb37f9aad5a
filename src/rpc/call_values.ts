/**
 * The key of a value of a call, which says the value's type. Two keys are different, whatever their names are.
 *
 * @typeParam Value The type of the value.
 *
 * @example An interceptor finds out who calls, and the handler reads it
 * ```ts
 * import { createClient, defineService, implement, type Interceptor, metadataValue, ticketHandler, unary, ValueKey } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const USER = new ValueKey<{ name: string }>("user");
 *
 * const authenticating: Interceptor = (next) => (request) => {
 *   request.ctx?.values.set(USER, { name: String(metadataValue(request.metadata, "token")) });
 *   return next(request);
 * };
 *
 * const WhoAmI = defineService("demo.WhoAmI", { tell: unary<void, string>() });
 * const whoAmI = implement(WhoAmI, { tell: (_nothing, ctx) => ctx.values.get(USER)?.name ?? "nobody" });
 * await using handler = ticketHandler(whoAmI, { interceptors: [authenticating] });
 *
 * await using client = createClient(WhoAmI, "/rpc", { fetch: new Hono().all("/rpc", handler).request });
 * assertEquals(await client.tell(undefined, { metadata: { token: "Ada" } }), "Ada");
 * ```
 */
export class ValueKey<Value> {
  /** What the value is for. */
  readonly name: string;
  /** Is never there: it tells the compiler the type of the value. */
  declare protected readonly value?: Value;

  /**
   * Makes a key, which modules share that set and read the value.
   *
   * @param name What the value is for, for whoever looks at the key.
   */
  constructor(name: string) {
    this.name = name;
  }
}

/** Values of one call: what interceptors find out, for interceptors within them and for the handler. */
export interface CallValues {
  /**
   * Reads a value.
   *
   * @param key The key that it was set by.
   * @returns The value; `undefined` if none has been set.
   */
  get<Value>(key: ValueKey<Value>): Value | undefined;

  /**
   * Sets a value, in the place of an earlier one.
   *
   * @param key The key that it is read by.
   * @param value The value.
   */
  set<Value>(key: ValueKey<Value>, value: Value): void;
}

/** Makes the values of a call. A key says the type of its value, which a map of all of them cannot. */
export function callValues(): CallValues {
  return new Map<unknown, never>();
}
