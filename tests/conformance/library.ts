/**
 * The library as the suite sees it: it is handed over as an argument, so that the same suite judges the sources, the npm
 * package and a bundle. Types alone are named here, which leave nothing behind at run time.
 */
export type ClientLibrary = typeof import("../../src/client.ts");

/** The same for those that serve. */
export type ServerLibrary = typeof import("../../src/server.ts");

/** What both have to make contracts with. */
export type ContractLibrary = Pick<
  ClientLibrary & ServerLibrary,
  "bidiStreaming" | "clientStreaming" | "defineService" | "serverStreaming" | "unary"
>;
