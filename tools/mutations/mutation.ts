/** One way to break the code that the tests or the simulator must notice. */
export interface Mutation {
  /** The file, from the root of the repository. */
  readonly file: string;
  /** What stands there once, to the letter. */
  readonly text: string;
  /** What stands there instead. */
  readonly replacement: string;
  /** What is broken by that. */
  readonly why: string;
}
