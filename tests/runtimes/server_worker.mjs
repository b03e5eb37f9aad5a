/** The server on Workers: workerd itself, and miniflare around it. */
import * as library from "@ticketlink/ticketlink/server";
import { conformanceApp } from "./conformance_app.ts";

export default conformanceApp(library).app;
