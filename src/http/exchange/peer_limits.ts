/** The least that a peer may accept as a frame: room for what the library itself has to say of an operation. */
const LEAST_FRAME_BYTES = 1_024;

/** Finds what is wrong with the frames that a peer accepts; `undefined` if nothing is. */
export function peerFrameProblem(maxFrameBytes: number | undefined): string | undefined {
  if (maxFrameBytes === undefined || maxFrameBytes >= LEAST_FRAME_BYTES) return undefined;
  return `Cannot begin the exchange: the peer accepts frames of ${maxFrameBytes} bytes, ` +
    `at least ${LEAST_FRAME_BYTES} are needed`;
}
