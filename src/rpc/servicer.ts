import { NoSuchMethodError, type OperationContext, type Operator, type Servicer } from "../ends/mod.ts";
import { Code } from "../links/mod.ts";
import { bindMethod } from "./bound_method.ts";
import type { Implementation } from "./implement.ts";
import { interceptedHandler } from "./intercepted_handler.ts";
import type { Interceptor } from "./interceptor.ts";
import { type ServedMethod, ServiceCall } from "./service_call.ts";
import { type WindowLimits, windowLimits, type WindowOptions } from "./window.ts";

/** How services are served. */
export interface ServicerOptions extends WindowOptions {
  /** Stand around each handler, the outermost first. Without any, calls cost nothing for them. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Told of what handlers throw that is no `RpcError`, and of responses that cannot be sent: the caller learns only that
   * it happened. Writes to `console.error` by default.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Makes a servicer of services, for a service end.
 *
 * @param implementations One service, or several.
 * @param options How they are served.
 * @returns The servicer.
 * @throws {TypeError} If two services have the same name.
 * @throws {RangeError} If an option is out of its range.
 *
 * @example Serve in memory
 * ```ts
 * import { createClient, defineService, implement, invocationEnd, joinLinks, serviceEnd, servicer, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const Adder = defineService("demo.Adder", { add: unary<readonly number[], number>() });
 * const adder = implement(Adder, { add: (numbers) => numbers.reduce((sum, n) => sum + n, 0) });
 *
 * const service = serviceEnd(servicer(adder));
 * const invocation = invocationEnd();
 * joinLinks(invocation, service);
 * service.start();
 * invocation.start();
 *
 * assertEquals(await createClient(Adder, invocation).add([1, 2, 3]), 6);
 * await Promise.all([invocation.stop(0), service.stop(0)]);
 * ```
 */
export function servicer(
  implementations: Implementation | readonly Implementation[],
  options: ServicerOptions = {},
): Servicer {
  const services = new Map<string, ReadonlyMap<string, ServedMethod>>();
  const serving: Serving = {
    interceptors: options.interceptors ?? [],
    window: windowLimits(options),
    report: reporter(options.onError),
  };
  for (const implementation of [implementations].flat()) {
    const { name } = implementation.contract;
    if (services.has(name)) throw new TypeError(`Cannot serve ${name}: it is implemented twice`);
    services.set(name, servedMethods(implementation, serving));
  }
  return {
    service(group: string, method: string, context: OperationContext, output: Operator): ServiceCall {
      const methods = services.get(group);
      if (methods === undefined) throw new NoSuchMethodError(Code.UNIMPLEMENTED, `There is no service ${group}`);
      const served = methods.get(method);
      if (served === undefined) {
        throw new NoSuchMethodError(Code.UNIMPLEMENTED, `Service ${group} has no method ${method}`);
      }
      return new ServiceCall(served, context, output);
    },
  };
}

/** What all methods of a servicer share. */
interface Serving {
  readonly interceptors: readonly Interceptor[];
  readonly window: WindowLimits;
  readonly report: (error: unknown) => void;
}

function servedMethods({ contract, handlers }: Implementation, serving: Serving): ReadonlyMap<string, ServedMethod> {
  const { interceptors, window, report } = serving;
  const served = new Map<string, ServedMethod>();
  for (const [name, method] of Object.entries(contract.methods)) {
    const handler = handlers.get(name);
    if (handler === undefined) throw new TypeError(`Cannot serve ${contract.name}: method "${name}" has no handler`);
    const bound = bindMethod(contract.name, name, method, "service");
    const handle = interceptors.length === 0 ? handler : interceptedHandler(bound, handler, interceptors);
    served.set(name, { method: bound, handle, window, report });
  }
  return served;
}

function reporter(onError: (error: unknown) => void = (error) => console.error(error)): (error: unknown) => void {
  return (error) => {
    try {
      onError(error);
    } catch {
      // A reporter that fails has nowhere to report to, and must not harm the calls.
    }
  };
}
