/** A Worker that makes its client when it is loaded, outside of any request, as one would on a server. */
import { createClient } from "@ticketlink/ticketlink/client";
import { Calls } from "./service.ts";

/** Stands before the bundle. */
declare const SERVER_URL: string;

const client = createClient(Calls, SERVER_URL, { timeoutMs: 2_000 });

export default {
  async fetch(): Promise<Response> {
    try {
      return new Response(await client.hello("Ada"));
    } catch (error) {
      return new Response(String(error), { status: 599 });
    }
  },
};
