/** What bytes are read from: the reader of a stream, or something that gives them as one does. */
export type ByteSource = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel" | "releaseLock">;

/** One answer of a {@linkcode ByteSource}. */
export type ByteResult = ReadableStreamReadResult<Uint8Array>;
