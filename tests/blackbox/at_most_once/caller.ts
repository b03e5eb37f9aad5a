/** A program that makes payments, all at once, and says what came of each. */
import process from "node:process";
import { pay, type Plan } from "./pay.ts";

const plans: readonly Plan[] = JSON.parse(process.argv[2] ?? "[]");
console.log(JSON.stringify(await Promise.all(plans.map(pay))));
