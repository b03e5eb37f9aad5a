/** The origin of a URL; that of the page for a path alone, and nothing where there is no page. */
export function originOf(url: string): string {
  const base = "location" in globalThis ? globalThis.location?.href : undefined;
  return URL.canParse(url, base) ? new URL(url, base).origin : "";
}
