/**
 * @param {import("node:net").Server} server
 * @returns {Promise<import("../peer.ts").PeerServer>}
 */
export function listening(server) {
  return new Promise((resolve) => {
    server.listen(
      0,
      "127.0.0.1",
      () =>
        resolve(
          /** @type {import("node:net").AddressInfo} */ (server.address()),
        ),
    );
  });
}
