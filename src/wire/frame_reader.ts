import { BareFrameReader, type FrameReaderOptions } from "./bare_frame_reader.ts";
import { FragmentReader } from "./fragment_reader.ts";
import type { FrameHandler } from "./frame_handler.ts";
import { RecallingReader } from "./recalling_reader.ts";
import { wireLimits } from "./wire_limits.ts";

/** Turns the chunks of a body into tickets and control items, and joins those that come in fragments. */
export class FrameReader extends BareFrameReader {
  /**
   * Makes a reader at the start of a body.
   *
   * @param handler Takes what is read.
   * @param options What a frame may cost, and how payloads come.
   * @throws {RangeError} If a limit is out of its range.
   */
  constructor(handler: FrameHandler, options?: FrameReaderOptions) {
    super(
      handler,
      new RecallingReader(wireLimits(options)),
      options?.payloads,
      (...parts) => new FragmentReader(...parts),
    );
  }
}
