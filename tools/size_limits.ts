/**
 * How large the library may be, in bytes.
 *
 * @module
 */

/** What the npm package takes up in `node_modules`. It is to come down to 600 kB as the library gets leaner. */
export const MAX_UNPACKED_BYTES = 780_000;

/** What a page loads before its first call, minified and gzipped: all that the entry point imports statically. Aim: 15 kB. */
export const MAX_FIRST_PART_BYTES = 18_000;

/** The same with all that calls of any kind load later. Aim: 30 kB. */
export const MAX_CLIENT_BYTES = 36_000;

/** Whether `deno task size` fails beyond the limits of the client, or only prints them. */
export const IS_SIZE_GATE: boolean = false;
