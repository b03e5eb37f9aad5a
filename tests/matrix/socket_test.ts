import { crowdSuite } from "./crowd_suite.ts";
import { SOCKET } from "./http_environment.ts";
import { matrixSuite } from "./matrix_suite.ts";

matrixSuite(SOCKET);
// One exchange, seen from both sides, and one timer for each end and each side; and one on each side while what is read
// takes more than a turn.
crowdSuite(SOCKET, { exchanges: 2, timers: 6 });
