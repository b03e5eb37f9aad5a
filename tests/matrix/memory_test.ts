import { crowdSuite } from "./crowd_suite.ts";
import { matrixSuite } from "./matrix_suite.ts";
import { MEMORY } from "./memory_environment.ts";

matrixSuite(MEMORY);
// One timer of each end serves all deadlines.
crowdSuite(MEMORY, { timers: 2 });
