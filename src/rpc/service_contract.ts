import { describeValue } from "../links/foreign_value.ts";
import { type Method, MethodKind } from "./method.ts";

/** Methods by name. */
export type MethodMap = Readonly<Record<string, Method>>;

/**
 * What a service offers. Its client and its server share it, and it has no code of either.
 *
 * @typeParam Methods The methods by name.
 */
export interface ServiceContract<Methods extends MethodMap = MethodMap> {
  /** The service's name, which is the group of its operations. */
  readonly name: string;
  /** The methods by name. */
  readonly methods: Methods;
}

/** `then` would make a client look like a promise. `__proto__` would not become a property. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["", "then", "__proto__"]);

/**
 * Defines a service: a name, and its methods by name.
 *
 * @typeParam Methods The methods by name.
 * @param name The service's name, such as `"demo.Greeter"`. Callers address it by this.
 * @param methods The methods, made with `unary`, `serverStreaming`, `clientStreaming` and `bidiStreaming`.
 * @returns The contract, frozen. Put it in a module that client and server both import.
 * @throws {TypeError} If a name is empty or not allowed (`then`, `__proto__`), or a method is malformed.
 *
 * @example A contract with all four kinds
 * ```ts
 * import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const Greeter = defineService("demo.Greeter", {
 *   hello: unary<string, string>(),
 *   count: serverStreaming<number, number>(),
 *   sum: clientStreaming<number, number>(),
 *   chat: bidiStreaming<string, string>(),
 * });
 * assertEquals(Object.keys(Greeter.methods), ["hello", "count", "sum", "chat"]);
 * ```
 */
export function defineService<const Methods extends MethodMap>(
  name: string,
  methods: Methods,
): ServiceContract<Methods> {
  const wrong = (why: string) => new TypeError(`Cannot define the service ${describeValue(name)}: ${why}`);
  if (typeof name !== "string" || name === "") throw wrong("its name must be a text that is not empty");
  for (const [methodName, method] of Object.entries(methods)) {
    if (FORBIDDEN_NAMES.has(methodName)) throw wrong(`a method cannot be named "${methodName}"`);
    if (Object.values(MethodKind).includes(method?.kind)) continue;
    const got = describeValue(method);
    throw wrong(
      `"${methodName}" must be made with unary, serverStreaming, clientStreaming or bidiStreaming, got ${got}`,
    );
  }
  return Object.freeze({ name, methods: Object.freeze({ ...methods }) });
}
