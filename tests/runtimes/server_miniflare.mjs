/** Puts miniflare around the Workers server. */
import process from "node:process";
// @ts-ignore What is in npm/ is not in the import map.
import { Miniflare } from "miniflare";

const [scriptPath, compatibilityDate] = process.argv.slice(2);
const miniflare = new Miniflare({
  host: "127.0.0.1",
  port: 0,
  modules: true,
  scriptPath,
  compatibilityDate,
  compatibilityFlags: ["enable_request_signal"],
  durableObjects: { OBJECT: "ConformanceObject" },
});
console.log(JSON.stringify({ plain: Number((await miniflare.ready).port) }));
