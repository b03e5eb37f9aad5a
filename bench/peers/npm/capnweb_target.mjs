/** @import { Messages, Service } from "../peer.ts" */
import { RpcTarget } from "capnweb";

/** The service in Cap'n Web's terms: a stream is a `ReadableStream`. */
export class BenchTarget extends RpcTarget {
  #service;

  /** @param {any} service The benchmark's, whose messages are text here. */
  constructor(service) {
    super();
    this.#service = service;
  }

  /** @param {string} message */
  echo(message) {
    return this.#service.echo(message);
  }

  /** @param {string} request */
  produce(request) {
    return streamOf(this.#service.produce(request));
  }

  /** @param {ReadableStream} messages */
  consume(messages) {
    return this.#service.consume(messages);
  }

  /** @param {ReadableStream} messages */
  echoAll(messages) {
    return streamOf(this.#service.echoAll(messages));
  }
}

/**
 * @param {Messages} messages
 * @returns {ReadableStream<any>}
 */
export function streamOf(messages) {
  const iterator = Symbol.asyncIterator in messages ? messages[Symbol.asyncIterator]() : messages[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
