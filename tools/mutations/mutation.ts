/** One way to break the code that the tests or the simulator must notice. */
export interface Mutation {
  /** What is changed, wherever in `src` it stands: `decode`, `Reader.#read`, `Reader.constructor`, or a constant. */
  readonly name: string;
  /** An expression or statements in it, which stand there once; blanks and comments do not count. */
  readonly replace: string;
  /** What stands there instead; nothing to take it away. */
  readonly with: string;
  /** What is broken by that. */
  readonly why: string;
}
