/** The client in a browser: a page that lends the suite to whoever drives the browser, and says what nothing caught. */
import * as library from "@ticketlink/ticketlink/client";
import { conformance } from "../conformance/mod.ts";

globalThis.uncaughtErrors = [];
addEventListener("error", ({ message }) => globalThis.uncaughtErrors.push(message));
addEventListener("unhandledrejection", ({ reason }) => globalThis.uncaughtErrors.push(String(reason)));

globalThis.runConformance = async (target) => ({ target, results: await conformance(library, target) });
