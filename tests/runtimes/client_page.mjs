/** The client in a browser: a page that lends the suite to whoever drives the browser. */
import * as library from "@ticketlink/ticketlink/client";
import { conformance } from "../conformance/mod.ts";

globalThis.runConformance = async (target) => ({ target, results: await conformance(library, target) });
