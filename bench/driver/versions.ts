import { PEERS } from "./folders.ts";
import type { SubjectInfo } from "./results.ts";
import { runCommand } from "./run_command.ts";
import { commandOf, type Subject } from "./subject.ts";

/** What is known of a subject before it is measured, its version above all. */
export async function infoOf(subject: Subject): Promise<SubjectInfo> {
  const { name, title, role, runtime, packages, library } = subject;
  const parts = await Promise.all(packages.map(async (name) => `${name} ${await packageVersion(name)}`));
  if (role === "us") parts.push(`ticketlink ${library.label}`);
  return { name, title, role, runtime, version: [...parts, await runtimeVersion(subject)].join(", ") };
}

async function packageVersion(name: string): Promise<string> {
  const manifest: unknown = JSON.parse(await Deno.readTextFile(`${PEERS}/node_modules/${name}/package.json`));
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return hasVersion ? String(manifest.version) : "?";
}

async function runtimeVersion(subject: Subject): Promise<string> {
  const [program] = await commandOf(subject, "client.mjs", []);
  const [line = ""] = (await runCommand(program, ["--version"])).split("\n");
  const [version] = /\d+\.\d+\.\d+/.exec(line) ?? [line];
  return `${subject.runtime} ${version}`;
}

/** The processor, how many there are of it, and the system. */
export async function machine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const [, model = Deno.build.arch] = /^model name\s*: (.*)$/m.exec(info) ?? [];
  return `${navigator.hardwareConcurrency} × ${model}, ${Deno.build.os} ${Deno.osRelease()}`;
}
