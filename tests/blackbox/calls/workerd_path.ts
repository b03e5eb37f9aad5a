/** Prints where npm's workerd for this platform is; run by `workerd.ts`, so that only tests that need it fetch it. */
import * as workerd from "npm:workerd@1.20261117.1";

const path: string = workerd["module.exports"].default;
console.log(path);
