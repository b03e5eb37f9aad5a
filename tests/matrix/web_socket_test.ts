import { crowdSuite } from "./crowd_suite.ts";
import { WEB_SOCKET } from "./http_environment.ts";
import { matrixSuite } from "./matrix_suite.ts";

matrixSuite(WEB_SOCKET);
// One exchange, seen from both sides, and one timer for each end and each side.
crowdSuite(WEB_SOCKET, { exchanges: 2, timers: 4 });
