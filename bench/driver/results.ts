import type { CatalogEntry } from "../peers/catalog.ts";
import type { Measures } from "../runner/session.ts";
import type { Extent, Work } from "../works/work.ts";

/** What became of one subject in one work. */
export interface SubjectResult {
  readonly name: string;
  /** In the order of time; round by round they can be compared with others. */
  readonly rounds: readonly Measures[];
  /** Why there are no rounds, or fewer. */
  readonly failure?: string | undefined;
  /** Why the subject cannot do the work at all. */
  readonly lack?: string | undefined;
}

/** What became of one work. */
export interface WorkResult extends Pick<Work, "name" | "title" | "metrics"> {
  readonly subjects: readonly SubjectResult[];
}

/** What one was measured. */
export interface SubjectInfo extends Pick<CatalogEntry, "name" | "title" | "role" | "runtime" | "streamsOverHttp"> {
  /** Packages and runtime with their versions. */
  readonly version: string;
}

/** Everything of one run. */
export interface Results {
  readonly startedAt: string;
  readonly machine: string;
  readonly extent: Extent;
  readonly subjects: readonly SubjectInfo[];
  readonly works: readonly WorkResult[];
}
