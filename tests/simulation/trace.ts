/** What happened in one run, in order: a hash of it always, the lines themselves where someone wants to read them. */
export class Trace {
  /** The lines, unless only the hash is kept. */
  readonly lines: string[] = [];
  readonly #keepsLines: boolean;
  readonly #now: () => number;
  #hash = 0x811c9dc5;

  constructor(now: () => number, keepsLines: boolean) {
    this.#now = now;
    this.#keepsLines = keepsLines;
  }

  /** The same for two runs in which the same things happened at the same moments: FNV-1a, 32 bits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Notes an event. It must not name what differs between two runs in one process, such as the ids of operations. */
  note(event: string): void {
    const line = `${this.#now().toFixed(3)} ${event}`;
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    if (this.#keepsLines) this.lines.push(line);
  }
}
