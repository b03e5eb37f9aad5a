/**
 * What decoding costs, in bytes of memory on V8 as measured on Node 20 and Deno 2.9, or in thirds of a nanosecond where time
 * is what an item costs most. A value may cost so much for each of its bytes (`maxExpansion`), so that no bytes take much
 * longer to decode than ordinary ones, or become much larger.
 *
 * @module
 */

/** What each value may cost besides: a small one is not refused for its few objects. */
export const FREE = 32_768;
/** A member of an array or an object. */
export const SLOT = 8;
/** An array without its members. */
export const ARRAY = 52;
/** An object without its members: engines make room for four. */
export const OBJECT = 56;
/** A member of an object that is a hash table. */
export const OBJECT_ENTRY = 72;
/** The first object of a value whose keys, up to this one, are new: a hidden class, and about 700 ns. */
export const SHAPE = 256;
/** Objects of more keys than this are hash tables, which have no hidden classes. */
export const FEW_KEYS = 16;
/** As `SHAPE`, with more keys than that: JavaScriptCore has hidden classes for those, too. */
export const LONG_SHAPE = 80;
/** A key of a hash table that is new. */
export const KEY = 56;
/** The first array index of an object: engines make room for more of them. */
export const INDICES = 152;
/** Room for an array index, which engines make for all up to the greatest. */
export const INDEX = 12;
/** They make no such room for an index that is so far beyond the room there is, but a hash table. */
export const WIDE_GAP = 1_024;
/** That hash table. */
export const SPARSE_INDICES = 88;
/** An index in it. */
export const SPARSE_INDEX = 60;
/** A key that an engine must compare with another one, since their hashes are the same: 20 ns. */
export const COLLISION = 60;
/** Sets and `Map`s of no more members cost little even if all of them collide. */
export const FEW_MEMBERS = 32;
/** Text of two characters and more, without its characters. Engines keep single ones. */
export const TEXT = 24;
/** A byte of text: a character of one byte that stands beside a longer one takes two. */
export const TEXT_BYTE = 2;
/** A byte string or a typed array, without its bytes. */
export const BYTES = 120;
/** A number that is no integer of 31 bits and a sign. */
export const NUMBER = 16;
/** An integer that needs a bigint. */
export const BIGINT = 32;
/** A byte of a bignum: of its digits is made text. */
export const BIGNUM_BYTE = 4;
/** A date. */
export const DATE = 104;
/** A set or a `Map`, without its members. */
export const TABLE = 184;
/** A member of a set, or an entry of a `Map`. */
export const TABLE_ENTRY = 56;
