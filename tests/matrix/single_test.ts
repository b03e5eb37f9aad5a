import { APP_REQUEST_SINGLE, SOCKET_SINGLE } from "./http_environment.ts";
import { matrixSuite } from "./matrix_suite.ts";

for (const environment of [APP_REQUEST_SINGLE, SOCKET_SINGLE]) {
  matrixSuite(environment, {
    // The request is complete before anything comes back.
    duplexes: ["half"],
    // All that a client can still say is that it goes away (S45).
    outcomes: { expiration: ["expired", "cancelled"] },
    servicerMayOvertake: true,
  });
}
