/**
 * The groups in which links, handlers and clients take those of their options that are numbers. What a program in TypeScript
 * cannot write, one in JavaScript would not notice: a limit that is not in force.
 *
 * @module
 */

/** A side of calls. */
type Side = "client" | "server";

/** The names of options by their groups, and the side that has them if only one has. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Side | "both">>>> = {
  limits: {
    maxFrameBytes: "both",
    maxMetadataBytes: "both",
    maxDepth: "both",
    maxBignumBytes: "both",
    maxNumericKeys: "both",
    maxExpansion: "both",
    maxControlItemsPerSecond: "both",
    maxBufferedBytes: "both",
    maxDisorderedBytes: "both",
    maxRequestBytes: "client",
    maxTotalBufferedBytes: "server",
    maxPartBytes: "server",
    maxPartsAhead: "server",
    maxOperations: "server",
    maxHeldTickets: "server",
    maxExchanges: "server",
    maxExchangeBytes: "server",
  },
  flow: { windowBytes: "both", initialWindowPayloads: "both", maxWindowPayloads: "both", highWaterBytes: "both" },
  timeouts: {
    helloTimeoutMs: "both",
    heartbeatMs: "both",
    idleMs: "both",
    probeTimeoutMs: "client",
    defaultTimeoutMs: "server",
    maximumTimeoutMs: "server",
    maxExchangeAgeMs: "server",
  },
};

/**
 * Checks that options which are numbers stand in their groups.
 *
 * @param options The options of a link, a servicer, a handler or a client.
 * @param side Whose options they are.
 * @throws {TypeError} If one stands in another group or in none, only the other side has it, or a group is no object or has a
 * member that is no option.
 */
export function checkGroups(options: object, side: Side): void {
  checkMembers(options, undefined, side);
  for (const [group, members] of Object.entries(options)) {
    if (!Object.hasOwn(GROUPS, group) || members === undefined) continue;
    if (typeof members === "object" && members !== null) checkMembers(members, group, side);
    else throw unusable(group, `expected an object of options, got ${members === null ? "null" : typeof members}`);
  }
}

/** Checks the members of a group, or those that stand in none, where other names than these are no matter of groups. */
function checkMembers(members: object, group: string | undefined, side: Side): void {
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const [place, names] = Object.entries(GROUPS).find(([, names]) => Object.hasOwn(names, name)) ?? [];
    const path = group === undefined ? name : `${group}.${name}`;
    if (place === undefined && group !== undefined) throw unusable(path, "there is none of that name");
    if (place !== group) throw unusable(path, `it is ${place}.${name}`);
    const owner = names?.[name] ?? "both";
    if (owner !== "both" && owner !== side) throw unusable(path, `only a ${owner} has it`);
  }
}

function unusable(option: string, why: string): TypeError {
  return new TypeError(`Cannot use option "${option}": ${why}`);
}
