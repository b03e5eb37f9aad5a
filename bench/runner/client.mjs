// @ts-check
/** @import { Work } from "../works/work.ts" */
/** @import { ServerState, Session } from "./session.ts" */
/** The client's process. Its arguments are the peer's module, the server's port, and the port where it tells of itself. */
import { get } from "node:http";
import process from "node:process";
import { messageOf } from "../peers/messages.mjs";
import { WORKS } from "../works/mod.mjs";
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

/** @type {Map<string, unknown>} */
const preparedByWork = new Map();

say("connected");
await answerLines(async ({ work: name, extent }) => {
  const work = WORKS.find((work) => work.name === name);
  if (work === undefined) throw new RangeError(`There is no work ${name}`);
  if (preparedByWork.has(name)) {
    // While others had their turns, the connection may have been closed.
    if (!peer.cannot.includes("unary")) await session.client.unary(messageOf(peer.encoding, 1));
    return await work.round(session, extent, preparedByWork.get(name));
  }
  const cannot = work.needs.filter((kind) => peer.cannot.includes(kind));
  if (cannot.length > 0) return { cannot };
  preparedByWork.set(name, await work.prepare(session, extent));
  return {};
});
