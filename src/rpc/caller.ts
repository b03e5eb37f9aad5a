import type { BoundMethod } from "./bound_method.ts";
import type { CallOptions, DiscardOptions } from "./call_options.ts";
import type { CallSite } from "./call_site.ts";
import { DiscardingCall } from "./discarding_call.ts";
import type { IncomingMessages } from "./incoming_messages.ts";
import { MethodKind, streamsRequests, streamsResponses } from "./method.ts";
import { SingleResponseCall } from "./single_response_call.ts";
import { StreamResponseCall } from "./stream_response_call.ts";

/** A method as the client object holds it: takes a message or messages, and options. */
export type Caller = (input: unknown, options?: DiscardOptions) => unknown;

/** What a caller says who says nothing. */
export const NO_OPTIONS: CallOptions = Object.freeze({});

/**
 * Makes the function that calls a method.
 *
 * @param site What all calls of the client share.
 * @param method The method.
 * @returns The function.
 */
export function callerOf(site: CallSite, method: BoundMethod): Caller {
  if (streamsResponses(method.kind)) {
    return (input, options = NO_OPTIONS) => callForMany(site, method, input, options);
  }
  if (method.kind !== MethodKind.UNARY) {
    return (input, options = NO_OPTIONS) => callForOne(site, method, input, options);
  }
  return (input, options = NO_OPTIONS) =>
    wantsNoResponse(options) ? callForOutcome(site, method, input, options) : callForOne(site, method, input, options);
}

/** Whether a call's response is not wanted. */
export function wantsNoResponse({ oneWay, discardResponse }: DiscardOptions): boolean {
  return oneWay === true || discardResponse === true;
}

/** Makes a call with one response. */
export function callForOne(
  site: CallSite,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const call = new SingleResponseCall(site, method, options);
  if (streamsRequests(method.kind)) call.sendMany(input);
  else call.sendOne(input);
  return call.response;
}

/** Makes a call with a stream of responses. */
export function callForMany(
  site: CallSite,
  method: BoundMethod,
  input: unknown,
  options: CallOptions,
): IncomingMessages {
  const call = new StreamResponseCall(site, method, options);
  if (streamsRequests(method.kind)) call.sendMany(input);
  else call.sendOne(input);
  return call.responses;
}

/** Makes a unary call whose response is not wanted. */
export function callForOutcome(
  site: CallSite,
  method: BoundMethod,
  message: unknown,
  options: DiscardOptions,
): Promise<void> {
  const call = new DiscardingCall(site, method, options);
  call.sendOne(message);
  return call.done;
}
