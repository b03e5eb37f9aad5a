/**
 * How large the library may be. The numbers are in thousands of bytes, as the README writes them.
 *
 * @module
 */

/** What the npm package takes up in `node_modules`. It is to come down to 600 kB as the library gets leaner. */
export const MAX_UNPACKED_BYTES = 780_000;
