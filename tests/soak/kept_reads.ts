/**
 * Counts the reads that `Deno.serve()` never lets go of: those of an HTTP/1.1 request's body that are pending when the
 * exchange ends otherwise than by the body's end (Deno 2.9). To cancel such a read settles its promise, but what the
 * runtime has for it stays for as long as the process runs.
 */
export class KeptReads {
  /** Reads that were pending when their body was given up. */
  count = 0;

  /**
   * Watches how a body is read. The reads themselves stay what they are.
   *
   * @param body A request's body that nobody reads yet.
   */
  watch(body: ReadableStream<Uint8Array>): void {
    const getReader = (): ReadableStreamDefaultReader<Uint8Array> => {
      Reflect.deleteProperty(body, "getReader"); // what is kept of a read may keep its body, and is not to keep more
      return this.#watched(body.getReader());
    };
    Object.defineProperty(body, "getReader", { value: getReader, configurable: true });
  }

  #watched(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStreamDefaultReader<Uint8Array> {
    const read = reader.read.bind(reader);
    const cancel = reader.cancel.bind(reader);
    let pending = 0;
    const settled = (): void => void (pending -= 1);
    reader.read = () => {
      pending += 1;
      const result = read();
      result.then(settled, settled);
      return result;
    };
    reader.cancel = (reason) => {
      this.count += pending;
      return cancel(reason);
    };
    return reader;
  }
}
