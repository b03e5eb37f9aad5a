/** The client on workerd, which speaks HTTP/1.1: a worker that runs the suite for the target it is sent. */
import "./watch_worker.mjs";
import * as library from "@ticketlink/ticketlink/client";
import { conformance } from "../conformance/mod.ts";

export default {
  async fetch(request) {
    const target = await request.json();
    return Response.json({ target, results: await conformance(library, target) });
  },
};
