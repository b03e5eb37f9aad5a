/**
 * A deterministic simulator of the whole stack but the RPC layer: invocation end, invocation link, HTTP, service link,
 * service end, with scripted applications at both ends. One seed decides everything: how many operations there are, what their
 * applications say and when, how the network cuts, delays and breaks, and which one rule a peer breaks. Time is virtual and
 * nothing does real I/O, so that a seed that fails, fails the same way each time.
 *
 * - `scenario.ts` makes a run of a seed; `simulation.ts` puts its parts together and runs it.
 * - `network.ts` is a `fetch` over `connection.ts`, two `pipe.ts`; `forger.ts` sits on one and forges what its peer says, by
 *   the lists in `ticket_forgeries.ts` and `exchange_forgeries.ts`.
 * - `application.ts` plays the application at either end, `tap.ts` stands between each end and its link; both write into
 *   `journal.ts`.
 * - `side_properties.ts`, `pair_properties.ts` and `run_properties.ts` say what must hold afterwards.
 *
 * `deno task simulate SEED` replays one run and prints its trace; `deno task simulate --seeds 20000` and `--minutes 10` run
 * many.
 *
 * @module
 */
export { simulate, type SimulationResult } from "./simulate.ts";
