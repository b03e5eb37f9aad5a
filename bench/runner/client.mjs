// @ts-check
/** @import { Work } from "../works/work.ts" */
/** @import { ServerState, Session } from "./session.ts" */
/** The client's process. Its arguments are the peer's module, the server's port, and the port where it tells of itself. */
import { get } from "node:http";
import process from "node:process";
import { messageOf } from "../peers/messages.mjs";
import { WORKS } from "../works/mod.mjs";
import { bytewiseFetch } from "./bytewise_fetch.mjs";
import { answerLines, say } from "./lines.mjs";
import { processState } from "./process_state.mjs";

const [module = "", port, observerPort] = process.argv.slice(2);
/** @type {{ peer: import("../peers/peer.ts").Peer }} */
const { peer } = await import(new URL(module, import.meta.url).href);

/** @type {Session} */
const session = {
  peer,
  client: await peer.connect(Number(port)),
  clientState: processState,
  connectBytewise: async () => {
    if (peer.connectOver === undefined) throw new TypeError("The peer does not take a fetch of one's own");
    return await peer.connectOver(Number(port), bytewiseFetch);
  },
  serverState: (options) => observe(options?.collectsGarbage ? "/collected" : "/"),
};

/**
 * @param {string} path
 * @returns {Promise<ServerState>}
 */
function observe(path) {
  return new Promise((resolve, reject) => {
    get({ port: Number(observerPort), host: "127.0.0.1", path, agent: false }, async (response) => {
      let text = "";
      for await (const part of response.setEncoding("utf8")) text += part;
      resolve(JSON.parse(text));
    }).on("error", reject);
  });
}

/**
 * Why the peer cannot do a work, if it cannot.
 *
 * @param {Work} work
 */
function lackFor({ needs, crowd, needsBytewise }) {
  const lacking = needs.filter((kind) => peer.cannot.includes(kind));
  if (lacking.length > 0) return `it has no ${lacking.join(", ")}`;
  if (crowd === "calls" && peer.connections === "per call") return "it needs a connection for each call";
  if (needsBytewise && peer.connectOver === undefined) return "it does not take a fetch of one's own";
  return undefined;
}

/** @type {Map<string, unknown>} */
const preparedByWork = new Map();

/** @type {Record<string, (work: Work, extent: import("../works/work.ts").Extent) => Promise<unknown>>} */
const steps = {
  async prepare(work, extent) {
    const lack = lackFor(work);
    if (lack !== undefined) return { lack };
    preparedByWork.set(work.name, await work.prepare(session, extent));
    return {};
  },
  async round(work, extent) {
    // While others had their turns, the connection may have been closed.
    const isIdle = preparedByWork.has(work.name) && !peer.cannot.includes("unary");
    if (isIdle) await session.client.unary(messageOf(peer.encoding, 1));
    return await work.round(session, extent, preparedByWork.get(work.name));
  },
};

say("connected");
await answerLines(async ({ work: name, step, extent }) => {
  const work = WORKS.find((work) => work.name === name);
  if (work === undefined) throw new RangeError(`There is no work ${name}`);
  return await steps[step]?.(work, extent);
});
