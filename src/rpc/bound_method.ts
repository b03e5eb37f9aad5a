import { type CallSide, MessageCodec } from "./message_codec.ts";
import type { Method, MethodKind } from "./method.ts";

/** A method of a certain service, ready to be called or served. */
export interface BoundMethod {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly name: string;
  /** Both, for messages: `service/method`. */
  readonly path: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** Reads and writes requests. */
  readonly request: MessageCodec;
  /** Reads and writes responses. */
  readonly response: MessageCodec;
}

/**
 * Binds a method to its service.
 *
 * @param service The service's name.
 * @param name The method's name.
 * @param method The method.
 * @param side Who calls it or serves it.
 * @returns The method, ready to be called or served.
 */
export function bindMethod(service: string, name: string, method: Method, side: CallSide): BoundMethod {
  const path = `${service}/${name}`;
  return Object.freeze({
    service,
    name,
    path,
    kind: method.kind,
    request: new MessageCodec(method.request, "request", path, side),
    response: new MessageCodec(method.response, "response", path, side),
  });
}
