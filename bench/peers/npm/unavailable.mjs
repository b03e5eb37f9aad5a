/**
 * In the place of a kind of call that a peer does not have.
 *
 * @returns {never}
 */
export function unavailable() {
  throw new TypeError("This peer does not have this kind of call");
}
