/**
 * Loaded before tsc with `node --import`: prints at the end how much processor time it has taken, which other work on the
 * machine changes less than the time of the clock.
 */
import process from "node:process";

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  console.log(`Processor time: ${((user + system) / 1e6).toFixed(3)}s`);
});
