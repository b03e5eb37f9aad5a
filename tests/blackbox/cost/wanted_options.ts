import type { Context } from "hono";
import type { TicketHandlerOptions } from "../../../mod.ts";

/**
 * Options that are still to come, by the names that they are to have. They are given where today's are: what is not known
 * yet is ignored, and the tests fail for what it does not do; in `limits` it is refused.
 */
export interface WantedOptions extends Omit<TicketHandlerOptions, "limits"> {
  /** The names under which the server may be called, with their ports if they are not the default ones. */
  readonly hosts?: readonly string[];
  /** What one caller may have, as `callerOf` names them. */
  readonly limits?: TicketHandlerOptions["limits"] & {
    readonly perCaller?: {
      readonly maxExchanges?: number;
      readonly maxOperations?: number;
      readonly maxCallsPerSecond?: number;
    };
  };
  /** Is asked again and again while an exchange goes on; a refusal ends it. */
  readonly revalidate?: (context: Context) => boolean | Promise<boolean>;
  readonly revalidateMs?: number;
}
