// @ts-check
/** @import { Message, Peer, Service } from "./peer.ts" */
import { messageOf, packed, unpacked } from "./messages.mjs";

/** What handlers have done so far in this process. */
export const counters = { produced: 0 };

/**
 * The one service that all peers serve.
 *
 * @param {Peer["encoding"]} encoding
 * @returns {Service}
 */
export function serviceOf(encoding) {
  /** @param {number} length */
  const sum = (length) => packed(encoding, length);
  return {
    sum,
    echo: (message) => message,
    produce: (request) => produce(encoding, request),
    async consume(messages) {
      let taken = 0;
      for await (const message of messages) taken += message.length;
      return sum(taken);
    },
    async *echoAll(messages) {
      for await (const message of messages) yield message;
    },
  };
}

/**
 * @param {Peer["encoding"]} encoding
 * @param {Message} request
 */
async function* produce(encoding, request) {
  /** @type {import("./messages.mjs").StreamRequest} */
  const { count, byteLength, staysOpen } = unpacked(request);
  const message = messageOf(encoding, byteLength);
  for (let i = 0; i < count; i++) {
    counters.produced += 1;
    yield message;
  }
  if (staysOpen) await new Promise(() => {});
}
