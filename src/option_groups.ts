/**
 * The groups in which links, handlers and clients take those of their options that are numbers. What a program in TypeScript
 * cannot write, one in JavaScript would not notice: a limit that is not in force.
 *
 * A client knows no names that only servers have, so that a page does not carry them, and the other way round.
 *
 * @module
 */

/** The names of options, by the group in which they stand. */
type OptionNames = Readonly<Record<"limits" | "flow" | "timeouts", readonly string[]>>;

/** Whose options they are, and the names that the other side does not have. */
interface Side {
  readonly name: string;
  readonly own: OptionNames;
}

const OF_BOTH: OptionNames = {
  limits: [
    "maxFrameBytes",
    "maxMetadataBytes",
    "maxDepth",
    "maxBignumBytes",
    "maxNumericKeys",
    "maxExpansion",
    "maxControlItemsPerSecond",
    "maxBufferedBytes",
    "maxDisorderedBytes",
  ],
  flow: ["windowBytes", "initialWindowPayloads", "maxWindowPayloads", "highWaterBytes"],
  timeouts: ["helloTimeoutMs", "heartbeatMs", "idleMs"],
};

const CLIENT: Side = {
  name: "client",
  own: { limits: ["maxRequestBytes"], flow: [], timeouts: ["probeTimeoutMs"] },
};

const SERVER: Side = {
  name: "server",
  own: {
    limits: [
      "maxTotalBufferedBytes",
      "maxPartBytes",
      "maxPartsAhead",
      "maxOperations",
      "maxHeldTickets",
      "maxExchanges",
      "maxExchangeBytes",
    ],
    flow: [],
    timeouts: ["defaultTimeoutMs", "maximumTimeoutMs", "maxExchangeAgeMs"],
  },
};

/**
 * Checks that a client's options which are numbers stand in their groups.
 *
 * @param options The options of a link or a client.
 * @throws {TypeError} If one stands in another group or in none, or a group is no object or has a member that is no option of
 * a client.
 */
export function checkClientGroups(options: object): void {
  checkGroups(options, CLIENT);
}

/**
 * Checks that a server's options which are numbers stand in their groups.
 *
 * @param options The options of a link, a servicer or a handler.
 * @throws {TypeError} If one stands in another group or in none, or a group is no object or has a member that is no option of
 * a server.
 */
export function checkServerGroups(options: object): void {
  checkGroups(options, SERVER);
}

function checkGroups(options: object, side: Side): void {
  checkMembers(options, undefined, side);
  for (const [group, members] of Object.entries(options)) {
    if (!Object.hasOwn(OF_BOTH, group) || members === undefined) continue;
    if (typeof members === "object" && members !== null) checkMembers(members, group, side);
    else throw unusable(group, `expected an object of options, got ${members === null ? "null" : typeof members}`);
  }
}

/** Checks the members of a group, or those that stand in none, where other names than these are no matter of groups. */
function checkMembers(members: object, group: string | undefined, side: Side): void {
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const place = groupOf(name, OF_BOTH) ?? groupOf(name, side.own);
    if (place === group) continue;
    const path = group === undefined ? name : `${group}.${name}`;
    throw unusable(path, place === undefined ? `a ${side.name} has none of that name` : `it is ${place}.${name}`);
  }
}

function groupOf(name: string, names: OptionNames): string | undefined {
  return Object.entries(names).find(([, members]) => members.includes(name))?.[0];
}

function unusable(option: string, why: string): TypeError {
  return new TypeError(`Cannot use option "${option}": ${why}`);
}
