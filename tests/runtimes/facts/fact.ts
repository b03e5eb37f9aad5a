import type { Installation } from "../install.ts";

/** Something that a runtime does, and that calls survive or are told of. It rejects if that is not so. */
export type Fact = (installation: Installation) => Promise<void>;

/** Facts by what they say. */
export type FactTable = Readonly<Record<string, Fact>>;
