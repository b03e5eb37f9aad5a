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
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["then", "__proto__"]);

const KINDS: ReadonlySet<unknown> = new Set(Object.values(MethodKind));

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
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`Cannot define the service: its name must be a text that is not empty, got ${describe(name)}`);
  }
  for (const [methodName, method] of Object.entries(methods)) checkMethod(name, methodName, method);
  return Object.freeze({ name, methods: Object.freeze({ ...methods }) });
}

function checkMethod(service: string, name: string, method: Method): void {
  if (name === "" || FORBIDDEN_NAMES.has(name)) {
    throw new TypeError(`Cannot define the service ${service}: a method cannot be named "${name}"`);
  }
  if (!KINDS.has(method?.kind)) {
    throw new TypeError(
      `Cannot define the service ${service}: "${name}" must be made with unary, serverStreaming, clientStreaming or ` +
        `bidiStreaming, got ${describe(method)}`,
    );
  }
}

function describe(value: unknown): string {
  return value === "" ? "an empty one" : `a value of type ${value === null ? "null" : typeof value}`;
}
