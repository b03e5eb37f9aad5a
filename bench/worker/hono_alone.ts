/** A Worker of Hono alone: what one with the handler is measured beside. */
import { Hono } from "hono";

export default new Hono().get("/", (context) => context.text("up"));
