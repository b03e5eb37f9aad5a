/** Characters of foreign text that a message shows. */
const MAX_CHARACTERS = 200;

/** What JSON leaves as it is and terminals and log viewers do not: control characters, line separators, changes of direction. */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from the network as a message shows it: cut, and in quotation marks within which nothing passes for anything but
 * text.
 *
 * @param text The text.
 * @returns The text in quotation marks, with an ellipsis after them if there is more.
 */
export function foreignText(text: string): string {
  const shown = JSON.stringify(text.slice(0, MAX_CHARACTERS).toWellFormed()).replaceAll(UNSEEN, escape);
  return text.length > MAX_CHARACTERS ? `${shown}…` : shown;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
