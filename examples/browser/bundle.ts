/** Makes one module for browsers of a module and what it imports. */
export async function bundle(module: URL): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--platform=browser", "--minify", module.href],
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle ${module.href}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
