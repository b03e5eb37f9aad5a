import { implement, type Implementation } from "../../mod.ts";
import { Numbered } from "./contract.ts";

/** What a server of the tests says of its life when it is over. */
export interface ServerReport {
  /** The calls that started there, in the order in which they did. */
  readonly started: readonly number[];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Makes a service that notes which calls start.
 *
 * @param started Takes their numbers.
 */
export function numberedService(started: number[]): Implementation {
  return implement(Numbered, {
    once: async (id) => {
      started.push(id);
      if (id % 3 === 0) await pause(id % 20);
      return id;
    },
    async *count(id) {
      started.push(id);
      for (let i = 0; i < 5; i++) {
        yield i;
        if (id % 3 === 0) await pause(3);
      }
    },
    sum: async (numbers) => {
      let id: number | undefined;
      let total = 0;
      for await (const number of numbers) {
        if (id === undefined) started.push(id = number);
        total += number;
      }
      return total;
    },
    async *echo(numbers) {
      let id: number | undefined;
      for await (const number of numbers) {
        if (id === undefined) started.push(id = number);
        yield number;
      }
    },
  });
}
