/**
 * Keys that fall together in the tables of an engine. JavaScriptCore hashes text, and indices, without a secret (`RapidHash.h`
 * and `HashFunctions.h` of WebKit), so that a peer can choose keys that all come to lie in one place: 32,768 of 16 characters
 * take Bun 1.4 as properties 16 s. V8 hashes both with a secret. What numbers cost in sets and as keys of `Map`s is bounded by
 * `maxNumericKeys` on all engines.
 *
 * @module
 */

import { indexOf } from "./profile.ts";
import { guardKeys, type KeyGuard, type Shape } from "./shapes.ts";

/** Of so many keys nothing is noted: together they cost less than their bytes. */
const FREE_KEYS = 64;
/** The last bits of hashes that are compared. */
const PLACES = 4_096;
/** Keys of one place that are remembered, so that one that comes again is known. */
const REMEMBERED = 4;
/** Keys that may share a place besides what is to be expected of their number. */
const FREE_COLLISIONS = 16;

/** Errors tell their line in JavaScriptCore alone. */
const IS_GUESSABLE = Object.hasOwn(new Error(), "line");

/**
 * Has the keys of messages watched where the engine lets a peer choose which fall together. For servers: clients do without
 * this code, and choose whom they call.
 */
export function guardAgainstCollisions(): void {
  if (IS_GUESSABLE) guardKeys(new KeyCollisions());
}

/** The keys of one value, as JavaScriptCore keeps them. */
export class KeyCollisions implements KeyGuard {
  #count = 0;
  readonly #counts = new Uint32Array(PLACES);
  readonly #names: string[] = new Array(PLACES * REMEMBERED).fill("");

  begin(): void {
    if (this.#count > FREE_KEYS) {
      this.#counts.fill(0);
      this.#names.fill("");
    }
    this.#count = 0;
  }

  /** How many keys of the value one more falls together with, above what is to be expected. */
  collisionsOf(name: string, shape?: Shape): number {
    if (++this.#count <= FREE_KEYS) return 0;
    // The hash takes as long as all else that is done for a key.
    const place = shape === undefined || shape.place < 0 ? placeOf(name, indexOf(name)) : shape.place;
    if (shape !== undefined) shape.place = place;
    const names = this.#names;
    const first = place * REMEMBERED;
    for (let i = 0; i < REMEMBERED; i++) {
      if (names[first + i] === name && name !== "") return 0;
    }
    const others = this.#counts[place]!++;
    names[first + others % REMEMBERED] = name;
    return Math.max(0, others - FREE_COLLISIONS - Math.floor(2 * this.#count / PLACES));
  }
}

/**
 * The place of a key in the tables of JavaScriptCore.
 *
 * @param index The key as an array index, -1 if it is none.
 */
export function placeOf(name: string, index: number): number {
  return (index < 0 ? hashOfText(name) : hashOfIndex(index)) % PLACES;
}

/** The constants of rapidhash, each as its upper and its lower half. */
const SECRETS = [0x2d358dcc, 0xaa6c78a5, 0x8bb84b93, 0x962eacc9, 0x4b33a62e, 0xd433d4a3] as const;
const TWO_TO_32 = 0x1_0000_0000;

/** The product of two numbers of 64 bits: four words, the lowest first. */
const product = new Uint32Array(4);

/** The upper half of the product of two words. */
function upper(a: number, b: number): number {
  const low = (a & 0xffff) * (b & 0xffff);
  const middle = (a >>> 16) * (b & 0xffff) + (low >>> 16);
  const other = (a & 0xffff) * (b >>> 16) + (middle & 0xffff);
  return (a >>> 16) * (b >>> 16) + (middle >>> 16) + (other >>> 16);
}

function multiply(aUpper: number, aLower: number, bUpper: number, bLower: number): void {
  product[0] = Math.imul(aLower, bLower);
  const second = upper(aLower, bLower) + (Math.imul(aLower, bUpper) >>> 0) + (Math.imul(aUpper, bLower) >>> 0);
  product[1] = second;
  const carried = Math.floor(second / TWO_TO_32);
  const third = upper(aLower, bUpper) + upper(aUpper, bLower) + (Math.imul(aUpper, bUpper) >>> 0) + carried;
  product[2] = third;
  product[3] = upper(aUpper, bUpper) + Math.floor(third / TWO_TO_32);
}

/** Multiplies, and folds the product to 64 bits: the state of the hash. */
function mix(aUpper: number, aLower: number, bUpper: number, bLower: number): void {
  multiply(aUpper >>> 0, aLower >>> 0, bUpper >>> 0, bLower >>> 0);
  stateUpper = (product[1]! ^ product[3]!) >>> 0;
  stateLower = (product[0]! ^ product[2]!) >>> 0;
}

let stateUpper = 0;
let stateLower = 0;

function hashOfIndex(index: number): number {
  mix(SECRETS[0], index ^ SECRETS[1], SECRETS[2], index ^ SECRETS[3]);
  return stateLower;
}

/** Whether a character needs two bytes, so that all are hashed as two. */
function isWide(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) return true;
  }
  return false;
}

/** Four bytes of a text, the lowest first. */
function wordAt(text: string, wide: boolean, offset: number): number {
  if (wide) return text.charCodeAt(offset >> 1) | text.charCodeAt((offset >> 1) + 1) << 16;
  return text.charCodeAt(offset) | text.charCodeAt(offset + 1) << 8 | text.charCodeAt(offset + 2) << 16 |
    text.charCodeAt(offset + 3) << 24;
}

function byteAt(text: string, wide: boolean, offset: number): number {
  return wide ? text.charCodeAt(offset >> 1) >> 8 * (offset & 1) & 0xff : text.charCodeAt(offset);
}

function hashOfText(text: string): number {
  const wide = isWide(text);
  const length = wide ? 2 * text.length : text.length;
  mix(SECRETS[0], SECRETS[1], SECRETS[2], SECRETS[3]);
  stateLower = (stateLower ^ length) >>> 0;
  if (length > 16) return hashOfLong(text, wide, length);
  if (length < 4) {
    if (length === 0) return finish(0, 0, 0, 0, 0);
    const first = byteAt(text, wide, 0) << 24 | byteAt(text, wide, length >> 1);
    return finish(first, byteAt(text, wide, length - 1), 0, 0, length);
  }
  const between = length >= 8 ? 4 : 0;
  const last = length - 4;
  return finish(
    wordAt(text, wide, 0),
    wordAt(text, wide, last),
    wordAt(text, wide, between),
    wordAt(text, wide, last - between),
    length,
  );
}

/** Multiplies in 16 bytes of a text. */
function consume(text: string, wide: boolean, offset: number, secretUpper: number, secretLower: number): void {
  mix(
    wordAt(text, wide, offset + 4) ^ secretUpper,
    wordAt(text, wide, offset) ^ secretLower,
    wordAt(text, wide, offset + 12) ^ stateUpper,
    wordAt(text, wide, offset + 8) ^ stateLower,
  );
}

function hashOfLong(text: string, wide: boolean, length: number): number {
  let offset = 0;
  if (length > 48) offset = consumeBulk(text, wide, length);
  const left = length - offset;
  if (left > 16) {
    stateUpper ^= SECRETS[2];
    stateLower ^= SECRETS[3];
    consume(text, wide, offset, SECRETS[4], SECRETS[5]);
    if (left > 32) consume(text, wide, offset + 16, SECRETS[4], SECRETS[5]);
  }
  const at = (back: number): number => wordAt(text, wide, length - back);
  return finish(at(12), at(16), at(4), at(8), length);
}

/** Multiplies in 48 bytes at a time, as three hashes of a third. */
function consumeBulk(text: string, wide: boolean, length: number): number {
  const uppers = [stateUpper, stateUpper, stateUpper];
  const lowers = [stateLower, stateLower, stateLower];
  let offset = 0;
  do {
    for (let i = 0; i < 3; i++) {
      stateUpper = uppers[i]!;
      stateLower = lowers[i]!;
      consume(text, wide, offset + 16 * i, SECRETS[2 * i]!, SECRETS[2 * i + 1]!);
      uppers[i] = stateUpper;
      lowers[i] = stateLower;
    }
    offset += 48;
  } while (length - offset >= 48);
  stateUpper = uppers[0]! ^ uppers[1]! ^ uppers[2]!;
  stateLower = lowers[0]! ^ lowers[1]! ^ lowers[2]!;
  return offset;
}

function finish(aUpper: number, aLower: number, bUpper: number, bLower: number, length: number): number {
  multiply(
    (aUpper ^ SECRETS[2]) >>> 0,
    (aLower ^ SECRETS[3]) >>> 0,
    (bUpper ^ stateUpper) >>> 0,
    (bLower ^ stateLower) >>> 0,
  );
  mix(
    product[1]! ^ SECRETS[0],
    product[0]! ^ SECRETS[1] ^ length,
    product[3]! ^ SECRETS[2],
    product[2]! ^ SECRETS[3],
  );
  return stateLower;
}
