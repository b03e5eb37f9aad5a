import type { Context } from "npm:hono@^4";
import type { BufferBudget } from "./buffer_budget.ts";
import type { HttpRefusal } from "./http_refusal.ts";
import type { RequestTransport, ServiceRequest } from "./request_transport.ts";

/** A request that is to become an exchange, as far as its bytes say. */
export type OpeningRequest = Omit<ServiceRequest, "signal" | "context">;

/** The service link, as the desk for its requests sees it. */
export interface RequestHost {
  /** Bounds what all exchanges hold. */
  readonly budget: BufferBudget;
  /** Why no exchange can be opened just now, if so, and if so many others may open before. */
  checkCapacity(others?: number): HttpRefusal | undefined;
  /** Makes an exchange of a request. */
  open(context: Context, request: OpeningRequest): RequestTransport;
}

/** What a request comes to: an exchange, a part of one that has been taken, or nothing. */
export type Arrival =
  | { readonly kind: "opened"; readonly transport: RequestTransport }
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly refusal: HttpRefusal };
