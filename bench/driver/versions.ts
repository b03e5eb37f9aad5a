import { PEERS } from "./folders.ts";
import { readManifest } from "./manifest.ts";
import type { SubjectInfo } from "./results.ts";
import { runCommand } from "./run_command.ts";
import { commandOf, type Subject } from "./subject.ts";

/** What is known of a subject before it is measured, its version above all. */
export async function infoOf(subject: Subject): Promise<SubjectInfo> {
  const { name, title, role, runtime, packages, library, streamsOverHttp = false } = subject;
  const parts = await Promise.all(
    packages.map(async (name) => `${name} ${(await readManifest(`${PEERS}/node_modules/${name}`)).version}`),
  );
  if (role === "us") parts.push(`ticketlink ${library.label}`);
  return { name, title, role, runtime, streamsOverHttp, version: [...parts, await runtimeVersion(subject)].join(", ") };
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
  // What follows the version of a kernel names the machine rather than the kernel.
  const [release = ""] = /^\d+\.\d+/.exec(Deno.osRelease()) ?? [];
  return `${navigator.hardwareConcurrency} × ${model}, ${Deno.build.os} ${release}`;
}
