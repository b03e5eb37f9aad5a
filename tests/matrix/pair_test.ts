import { crowdSuite } from "./crowd_suite.ts";
import { APP_REQUEST_PAIR, SOCKET_PAIR } from "./http_environment.ts";
import { matrixSuite } from "./matrix_suite.ts";

for (const environment of [APP_REQUEST_PAIR, SOCKET_PAIR]) {
  matrixSuite(environment);
  // One exchange, seen from both sides, and one timer for each end, each side and each request that is being read.
  crowdSuite(environment, { exchanges: 2, timers: 6 });
}
